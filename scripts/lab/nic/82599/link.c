// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The link: up while the cable is in and training is over. Data sheet 3.7.
 */
#include "chip.h"

#define TRAINING_NS 10000000
#define SECOND_NS 1000000000ll
#define NOT_BEGUN INT64_MAX

static bool should_be_up(const struct chip *chip)
{
	const struct faults *faults = &chip->nic->faults;
	int64_t now = nic_now();

	if (!chip->nic->cable || now < chip->link_at || fault_has(faults, FAULT_LINK_NEVER))
		return false;
	if (fault_has(faults, FAULT_LINK_FLAP) && fault_number(faults, FAULT_LINK_FLAP))
		return !(now / SECOND_NS / (int64_t)fault_number(faults, FAULT_LINK_FLAP) & 1);
	return true;
}

static void update(struct chip *chip)
{
	const struct faults *faults = &chip->nic->faults;
	bool up = should_be_up(chip);
	int64_t now = nic_now();

	if (chip->link_at == NOT_BEGUN)
		nic_timer_stop(chip->nic, TIMER_LINK);
	else if (now < chip->link_at)
		nic_timer_set(chip->nic, TIMER_LINK, chip->link_at);
	else if (fault_has(faults, FAULT_LINK_FLAP))
		nic_timer_set(chip->nic, TIMER_LINK, now + SECOND_NS / 4);
	if (up == chip->link_up)
		return;
	chip->link_up = up;
	trace_say(&chip->nic->trace, "link %s", up ? "up" : "down");
	interrupt_cause(chip, EICR_LINK);
	if (up)
		transmit_all(chip);
}

void link_reset(struct chip *chip)
{
	/* A slow link begins with its driver: the time of the server's boot is not to count. */
	chip->link_at = nic_now() + TRAINING_NS;
	if (fault_has(&chip->nic->faults, FAULT_LINK_SLOW))
		chip->link_at = NOT_BEGUN;
	update(chip);
}

void link_train(struct chip *chip)
{
	int64_t takes = TRAINING_NS;

	/* A training that goes on does not begin anew. */
	if (!chip->link_up && nic_now() < chip->link_at && chip->link_at != NOT_BEGUN)
		return;
	if (fault_has(&chip->nic->faults, FAULT_LINK_SLOW))
		takes = SECOND_NS * (int64_t)fault_number(&chip->nic->faults, FAULT_LINK_SLOW);
	chip->link_at = nic_now() + takes;
	update(chip);
}

void link_changed(struct nic *nic)
{
	if (nic->cable)
		link_train(chip_of(nic));
	update(chip_of(nic));
}

void link_timer(struct chip *chip)
{
	update(chip);
}

uint32_t link_register(const struct chip *chip)
{
	uint32_t speed = LINKS_10G;

	if (fault_has(&chip->nic->faults, FAULT_LINK_1G))
		speed = LINKS_1G;
	return chip->link_up ? LINKS_UP | LINKS_AN_COMPLETE | speed : speed;
}
