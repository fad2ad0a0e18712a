/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An I2C bus that a driver works bit by bit, with the module of an SFP+ cage on it.
 */
#ifndef VFPROOF_LAB_NIC_82599_I2C_H
#define VFPROOF_LAB_NIC_82599_I2C_H

#include <stdbool.h>
#include <stdint.h>

/* I2CCTL: the lines as they are, and as the driver wants them. */
#define I2C_CLOCK_IN 1u
#define I2C_CLOCK_OUT 2u
#define I2C_DATA_IN 4u
#define I2C_DATA_OUT 8u

struct i2c {
	/* A byte of a device; -1: there is no such device. */
	int (*read)(void *arg, uint8_t device, uint8_t at);
	void *arg;
	bool clock, data; /* as the driver wants them */
	bool slave; /* the module leaves the data line alone, or pulls it down */
	enum { I2C_IDLE, I2C_ADDRESS, I2C_PLACE, I2C_WRITE, I2C_READ } state;
	uint8_t bit; /* of the byte: 0 to 7, and 8 for the acknowledgement */
	uint8_t byte; /* that goes either way */
	uint8_t device, at;
	bool go_on; /* the driver acknowledged, and wants another byte */
};

void i2c_init(struct i2c *i2c, int (*read)(void *arg, uint8_t device, uint8_t at), void *arg);
/* The driver writes I2CCTL. */
void i2c_drive(struct i2c *i2c, uint32_t value);
/* What it reads there. */
uint32_t i2c_lines(const struct i2c *i2c);

#endif
