/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An 82599 or X540: its state, and what its parts do for each other.
 */
#ifndef VFPROOF_LAB_NIC_82599_CHIP_H
#define VFPROOF_LAB_NIC_82599_CHIP_H

#include "../frame.h"
#include "../nic.h"
#include "../offload.h"
#include "../rate.h"
#include "../switch.h"
#include "i2c.h"
#include "regs.h"

#define CHIP_POOLS 64
#define CHIP_QUEUES 128
#define CHIP_EEPROM_WORDS 1024
#define CHIP_VF_VECTORS 3

enum chip_timer { TIMER_LINK, TIMER_MAIL, TIMER_RATE };

enum chip_media { MEDIA_BACKPLANE, MEDIA_SFP, MEDIA_COPPER };

/* What cards differ in. */
struct chip_variant {
	enum chip_media media;
	bool x540;
	uint32_t autoc, autoc2; /* after a reset */
};

/* What only a VF has. */
struct chip_vf {
	uint32_t eicr, eims, eiac, eiam; /* three vectors */
	uint32_t ivar[4], ivar_misc;
	uint32_t mailbox;
	int64_t message_at; /* when its slow message comes to the PF; 0: there is none */
	uint64_t rx_frames, rx_bytes, rx_groups, tx_frames, tx_bytes;
	bool used; /* it has sent since its last reset */
};

/* The last context descriptors of a transmit queue. */
struct chip_context {
	uint32_t word[4];
};

struct chip {
	struct nic *nic;
	const struct chip_variant *variant;
	uint32_t regs[REGISTERS / 4];
	uint64_t eims; /* EIMS_EX: vectors that are enabled */
	uint64_t pending; /* vectors whose cause came while they were not */
	struct chip_vf vfs[CHIP_POOLS];
	struct nic_switch nic_switch;
	bool switch_is_old; /* a register that it is made of was written */
	struct rate rates[CHIP_QUEUES];
	int64_t rate_at; /* when TIMER_RATE is set to; 0: it is not */
	struct chip_context contexts[CHIP_QUEUES][2];
	bool stopped; /* for good: see FAULT_BAD_DESCRIPTOR_STOPS */
	struct {
		int64_t since; /* when the tenth of a second began */
		uint32_t sent[CHIP_POOLS];
		int loudest; /* pool, in the one before; -1: none that counts */
	} flood; /* see FAULT_FLOOD_STARVES */
	bool sending; /* a frame that comes back by the wire must not send more at once */
	bool link_up;
	int64_t link_at; /* when it comes up, at the earliest */
	uint16_t eeprom[CHIP_EEPROM_WORDS];
	struct i2c i2c;
	uint16_t phy_address; /* of MDIO's address cycle */
	uint16_t phy_control;
	uint8_t held[NIC_FRAME_MAX]; /* a frame that the next one overtakes */
	size_t held_len;
	int held_pool;
	uint8_t frame[OFFLOAD_MAX]; /* what is being sent */
	uint8_t segment[NIC_FRAME_MAX + 64];
};

static inline struct chip *chip_of(struct nic *nic)
{
	return nic->state;
}

static inline uint32_t *reg(struct chip *chip, uint32_t at)
{
	return &chip->regs[at / 4];
}

static inline uint32_t reg_get(const struct chip *chip, uint32_t at)
{
	return chip->regs[at / 4];
}

/* Where a queue's registers are. */
static inline uint32_t rx_queue_at(unsigned int queue)
{
	return queue < 64 ? RX_QUEUES + Q_SIZE * queue : RX_QUEUES_2 + Q_SIZE * (queue - 64);
}

static inline uint32_t tx_queue_at(unsigned int queue)
{
	return TX_QUEUES + Q_SIZE * queue;
}

/* How many descriptors a queue has. */
static inline uint32_t queue_length(const struct chip *chip, uint32_t queue_at)
{
	return reg_get(chip, queue_at + Q_LEN) / 16;
}

/* How many queues a pool has; 0: there are no pools. */
unsigned int chip_queues_per_pool(const struct chip *chip);
/* Whose DMA a queue's is: NIC_PF, or the VF of its pool. */
int chip_function_of(const struct chip *chip, unsigned int queue);

/* card.c */
void card_soft_reset(struct chip *chip);

/* registers.c */
uint32_t registers_read(struct nic *nic, int function, int bar, uint32_t at);
void registers_write(struct nic *nic, int function, int bar, uint32_t at, uint32_t value);

/* vf.c */
uint32_t vf_read(struct chip *chip, int vf, uint32_t at);
void vf_write(struct chip *chip, int vf, uint32_t at, uint32_t value);
void vf_reset(struct nic *nic, int vf);
void vf_pf_is_reset(struct chip *chip);
void vf_pf_is_ready(struct chip *chip);

/* mailbox.c */
void mailbox_write_pf(struct chip *chip, int vf, uint32_t value);
void mailbox_write_vf(struct chip *chip, int vf, uint32_t value);
uint32_t mailbox_read_vf(struct chip *chip, int vf);
void mailbox_timer(struct chip *chip);

/* interrupt.c */
void interrupt_write(struct chip *chip, uint32_t at, uint32_t value);
void interrupt_cause(struct chip *chip, uint32_t cause);
void interrupt_queue(struct chip *chip, unsigned int queue, bool transmit);
void interrupt_vf(struct chip *chip, int vf, unsigned int vector);
void interrupt_vf_mailbox(struct chip *chip, int vf);
void interrupt_vf_unmask(struct chip *chip, int vf, uint32_t vectors);

/* filter.c */
bool filter_is_input(uint32_t at);
void filter_update(struct chip *chip);
bool filter_lets_in(const struct chip *chip, const uint8_t *frame, size_t len);

/* receive.c */
void receive_frame(struct nic *nic, const uint8_t *frame, size_t len);
/* The same from the cable, which a port in loopback does not listen to. */
void receive_from_wire(struct nic *nic, const uint8_t *frame, size_t len);
void receive_in_pools(struct chip *chip, uint64_t pools, const uint8_t *frame, size_t len,
		      bool looped);

/* path.c */
void path_to_pool(struct chip *chip, int pool, const uint8_t *frame, size_t len, bool looped);
void path_from_pool(struct chip *chip, int pool, uint8_t *frame, size_t len);
void receive_in_pool(struct chip *chip, int pool, const uint8_t *frame, size_t len, bool looped);
void transmit_frame(struct chip *chip, int pool, const uint8_t *frame, size_t len);

/* transmit.c */
void transmit_queue(struct chip *chip, unsigned int queue);
void transmit_all(struct chip *chip);

/* count.c */
bool count_clears(uint32_t at);
bool count_read_vf(const struct chip *chip, uint32_t at, uint32_t *value);
void count_add(struct chip *chip, uint32_t at, uint64_t n);
void count_add_pair(struct chip *chip, uint32_t at, uint64_t n);
void count_received(struct chip *chip, const uint8_t *frame, size_t len);
void count_sent(struct chip *chip, const uint8_t *frame, size_t len);
void count_rx_queue(struct chip *chip, unsigned int queue, size_t len);
void count_tx_queue(struct chip *chip, unsigned int queue, size_t len);
void count_pool_received(struct chip *chip, int pool, const uint8_t *frame, size_t len);
void count_pool_sent(struct chip *chip, int pool, size_t len);

/* link.c */
void link_reset(struct chip *chip);
void link_train(struct chip *chip);
void link_changed(struct nic *nic);
void link_timer(struct chip *chip);
uint32_t link_register(const struct chip *chip);

/* eeprom.c */
void eeprom_fill(struct chip *chip);
uint32_t eeprom_read(const struct chip *chip, uint32_t command);

/* sfp.c, phy.c */
int sfp_read(void *chip, uint8_t device, uint8_t at);
void phy_command(struct chip *chip, uint32_t command);

#endif
