// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include "i2c.h"

void i2c_init(struct i2c *i2c, int (*read)(void *arg, uint8_t device, uint8_t at), void *arg)
{
	memset(i2c, 0, sizeof(*i2c));
	i2c->read = read;
	i2c->arg = arg;
	i2c->clock = i2c->data = i2c->slave = true;
}

uint32_t i2c_lines(const struct i2c *i2c)
{
	return (i2c->clock ? I2C_CLOCK_IN | I2C_CLOCK_OUT : 0) | (i2c->data ? I2C_DATA_OUT : 0) |
	       (i2c->data && i2c->slave ? I2C_DATA_IN : 0);
}

/* The clock went up: a bit is taken. */
static void rise(struct i2c *i2c)
{
	if (i2c->state == I2C_IDLE)
		return;
	if (i2c->bit < 8) {
		if (i2c->state != I2C_READ)
			i2c->byte = i2c->byte << 1 | i2c->data;
	} else if (i2c->state == I2C_READ) {
		i2c->go_on = !i2c->data;
	}
}

/* The ninth bit is over: what comes next. */
static void next_byte(struct i2c *i2c)
{
	switch (i2c->state) {
	case I2C_ADDRESS:
		i2c->device = i2c->byte & 0xfe;
		if (i2c->read(i2c->arg, i2c->device, 0) < 0) {
			i2c->state = I2C_IDLE;
			return;
		}
		i2c->state = i2c->byte & 1 ? I2C_READ : I2C_PLACE;
		if (i2c->state == I2C_READ)
			i2c->byte = i2c->read(i2c->arg, i2c->device, i2c->at++);
		break;
	case I2C_PLACE:
		i2c->at = i2c->byte;
		i2c->state = I2C_WRITE;
		break;
	case I2C_READ:
		if (i2c->go_on)
			i2c->byte = i2c->read(i2c->arg, i2c->device, i2c->at++);
		else
			i2c->state = I2C_IDLE;
		break;
	default: /* modules are not written */
		break;
	}
}

/* The clock went down: the line may change. */
static void fall(struct i2c *i2c)
{
	if (i2c->state == I2C_IDLE)
		return;
	if (i2c->bit == 8) {
		next_byte(i2c);
		i2c->bit = 0;
	} else {
		i2c->bit++;
	}
	i2c->slave = true;
	if (i2c->state == I2C_READ && i2c->bit < 8)
		i2c->slave = i2c->byte >> (7 - i2c->bit) & 1;
	else if (i2c->bit == 8 && i2c->state == I2C_ADDRESS)
		i2c->slave = i2c->read(i2c->arg, i2c->byte & 0xfe, 0) < 0;
	else if (i2c->bit == 8 && i2c->state != I2C_READ)
		i2c->slave = false; /* acknowledged */
}

void i2c_drive(struct i2c *i2c, uint32_t value)
{
	bool clock = value & I2C_CLOCK_OUT, data = value & I2C_DATA_OUT;
	bool was = i2c->data;

	if (i2c->clock && clock && was != data) {
		/* Data moves while the clock is up: a start, or a stop. */
		i2c->state = data ? I2C_IDLE : I2C_ADDRESS;
		i2c->bit = 0xff; /* the next fall begins the first bit */
		i2c->slave = true;
	}
	i2c->data = data;
	if (clock == i2c->clock)
		return;
	i2c->clock = clock;
	if (clock)
		rise(i2c);
	else
		fall(i2c);
}
