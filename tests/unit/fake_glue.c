/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "fake_glue.h"

/* nic_now() has no argument: the card that was made last has the time. */
static struct fake_glue *current;

static struct fake_glue *fake_of(struct nic *nic)
{
	return nic->glue;
}

static bool is_there(const struct fake_glue *fake, int function)
{
	return function == NIC_PF || (function >= 0 && (unsigned int)function < fake->vfs);
}

static uint8_t *memory_at(struct nic *nic, int function, uint64_t address, size_t len)
{
	struct fake_glue *fake = fake_of(nic);

	if (!is_there(fake, function) || address > FAKE_MEMORY || len > FAKE_MEMORY - address)
		return NULL;
	fake->dma_by[function + 1]++;
	return fake->memory + address;
}

bool nic_dma_read(struct nic *nic, int function, uint64_t address, void *buffer, size_t len)
{
	const uint8_t *from = memory_at(nic, function, address, len);

	if (from)
		memcpy(buffer, from, len);
	else
		memset(buffer, 0, len);
	return from;
}

bool nic_dma_write(struct nic *nic, int function, uint64_t address, const void *buffer, size_t len)
{
	uint8_t *to = memory_at(nic, function, address, len);

	if (to)
		memcpy(to, buffer, len);
	return to;
}

bool nic_dma_write_dword(struct nic *nic, int function, uint64_t address, uint32_t value)
{
	struct fake_glue *fake = fake_of(nic);

	if (address >> 20 != 0xfee)
		return nic_dma_write(nic, function, address, &value, sizeof(value));
	fake->message_address = address;
	fake->message_data = value;
	fake->message_function = function;
	return true;
}

void nic_interrupt(struct nic *nic, int function, unsigned int vector)
{
	fake_of(nic)->interrupts[function + 1][vector]++;
}

void nic_send(struct nic *nic, const uint8_t *frame, size_t len)
{
	struct fake_glue *fake = fake_of(nic);

	assert(fake->sent_count < FAKE_FRAMES && len <= NIC_FRAME_MAX);
	memcpy(fake->sent[fake->sent_count].data, frame, len);
	fake->sent[fake->sent_count++].len = len;
}

bool nic_has_vf(const struct nic *nic, int vf)
{
	return is_there(nic->glue, vf);
}

int64_t nic_now(void)
{
	return current->now;
}

void nic_timer_set(struct nic *nic, int timer, int64_t when)
{
	fake_of(nic)->timers[timer] = when;
}

void nic_timer_stop(struct nic *nic, int timer)
{
	fake_of(nic)->timers[timer] = 0;
}

void fake_glue_wait(struct fake_glue *fake, int64_t ns)
{
	int i;

	fake->now += ns;
	for (i = 0; i < NIC_TIMERS; i++)
		if (fake->timers[i] && fake->timers[i] <= fake->now) {
			fake->timers[i] = 0;
			fake->nic.model->ops->timer(&fake->nic, i);
		}
}

struct fake_glue *fake_glue_new(const struct nic_model *model, const char *faults)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct fake_glue *fake = calloc(1, sizeof(*fake));
	char error[100];

	current = fake;
	fake->nic.model = model;
	fake->nic.glue = fake;
	fake->nic.state = calloc(1, model->state_size);
	fake->nic.vfs = 8;
	memcpy(fake->nic.mac, mac, sizeof(mac));
	assert(faults_parse(&fake->nic.faults, faults, error, sizeof(error)));
	model->ops->start(&fake->nic);
	fake->nic.cable = true;
	model->ops->link(&fake->nic);
	model->ops->reset(&fake->nic);
	return fake;
}

void fake_glue_free(struct fake_glue *fake)
{
	free(fake->nic.state);
	free(fake);
}

uint32_t fake_glue_read(struct fake_glue *fake, int function, uint32_t at)
{
	return fake->nic.model->ops->read(&fake->nic, function, 0, at);
}

void fake_glue_write(struct fake_glue *fake, int function, uint32_t at, uint32_t value)
{
	fake->nic.model->ops->write(&fake->nic, function, 0, at, value);
}
