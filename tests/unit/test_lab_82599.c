/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab's 82599, on a glue that is no emulator's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../scripts/lab/nic/82599/models.h"
#include "../../scripts/lab/nic/82599/regs.h"
#include "../../scripts/lab/nic/frame.h"
#include "fake_glue.h"

#define RING 0x1000 /* of each queue that a test uses, in memory */
#define BUFFER 0x8000
#define RX_RING 0x20000
#define RX_BUFFER 0x30000
#define HEAD_AT 0x50000

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 10 }, mac_b[6] = { 2, 0, 0, 0, 0, 11 };

/* Two VFs with addresses, VLANs and queues; pools of two queues. */
static struct fake_glue *two_vfs(const char *faults)
{
	struct fake_glue *fake = fake_glue_new(&model_82599, faults);
	int i;

	fake_glue_wait(fake, 1000000000);
	fake->vfs = 2;
	fake_glue_write(fake, NIC_PF, GCR_EXT, 3);
	fake_glue_write(fake, NIC_PF, VT_CTL, VT_CTL_ENABLE | 2 << 7);
	fake_glue_write(fake, NIC_PF, FCTRL, FCTRL_BAM);
	fake_glue_write(fake, NIC_PF, PFDTXGSWC, PFDTXGSWC_LBE);
	fake_glue_write(fake, NIC_PF, VFRE, 7);
	fake_glue_write(fake, NIC_PF, VFTE, 7);
	fake_glue_write(fake, NIC_PF, DMATXCTL, DMATXCTL_TE);
	fake_glue_write(fake, NIC_PF, RXCTRL, RXCTRL_RXEN);
	fake_glue_write(fake, NIC_PF, VMECM, 3);
	for (i = 0; i < 2; i++) {
		const uint8_t *mac = i ? mac_b : mac_a;
		uint32_t low, high = mac[4] | mac[5] << 8 | RAH_VALID;

		memcpy(&low, mac, 4);
		fake_glue_write(fake, NIC_PF, RAL + 8 + 8 * i, low);
		fake_glue_write(fake, NIC_PF, RAL + 12 + 8 * i, high);
		fake_glue_write(fake, NIC_PF, MPSAR + 8 + 8 * i, 1u << i);
		fake_glue_write(fake, NIC_PF, MPSAR + 12 + 8 * i, 0);
		fake_glue_write(fake, NIC_PF, VMOLR + 4 * i, VMOLR_BAM | VMOLR_AUPE);
		fake_glue_write(fake, i, VF_TX_QUEUES + Q_BAL, RING + 0x1000 * i);
		fake_glue_write(fake, i, VF_TX_QUEUES + Q_LEN, 256);
		fake_glue_write(fake, i, VF_TX_QUEUES + Q_DCTL, DCTL_ENABLE);
		fake_glue_write(fake, i, VF_RX_QUEUES + Q_BAL, RX_RING + 0x1000 * i);
		fake_glue_write(fake, i, VF_RX_QUEUES + Q_LEN, 256);
		fake_glue_write(fake, i, VF_RX_QUEUES + RX_SRRCTL, 2);
		fake_glue_write(fake, i, VF_RX_QUEUES + Q_DCTL, DCTL_ENABLE);
	}
	memset(fake->dma_by, 0, sizeof(fake->dma_by));
	return fake;
}

static void put64(struct fake_glue *fake, uint64_t at, uint64_t value)
{
	memcpy(fake->memory + at, &value, sizeof(value));
}

/* The VF gives @count receive buffers of 2 KB. */
static void give_buffers(struct fake_glue *fake, int vf, int count)
{
	int i;

	for (i = 0; i < count; i++)
		put64(fake, RX_RING + 0x1000 * vf + 16 * i, RX_BUFFER + 0x8000 * vf + 2048 * i);
	fake_glue_write(fake, vf, VF_RX_QUEUES + Q_TAIL, count);
}

/* The VF sends a frame of 100 bytes, as the next descriptor of its ring; @more is or-ed to the
 * command. */
static void send(struct fake_glue *fake, int vf, const uint8_t *to, const uint8_t *from)
{
	uint32_t tail = fake_glue_read(fake, vf, VF_TX_QUEUES + Q_TAIL);
	uint64_t at = RING + 0x1000 * vf + 16 * tail;

	memset(fake->memory + BUFFER, 0x5a, 100);
	memcpy(fake->memory + BUFFER, to, 6);
	memcpy(fake->memory + BUFFER + 6, from, 6);
	put64(fake, at, BUFFER);
	put64(fake, at + 8, 0x2b300000 | 100 | 100ull << 46);
	fake_glue_write(fake, vf, VF_TX_QUEUES + Q_TAIL, tail + 1);
}

static uint32_t status_of(const struct fake_glue *fake, int vf, int descriptor)
{
	uint32_t status;

	memcpy(&status, fake->memory + RX_RING + 0x1000 * vf + 16 * descriptor + 8, sizeof(status));
	return status;
}

static void test_from_vf_to_vf(void **state)
{
	struct fake_glue *fake = two_vfs(NULL);

	(void)state;
	give_buffers(fake, 1, 4);
	send(fake, 0, mac_b, mac_a);
	assert_int_equal(fake->sent_count, 0); /* it does not leave the card */
	assert_int_equal(status_of(fake, 1, 0) & 3, 3);
	assert_memory_equal(fake->memory + RX_BUFFER + 0x8000, fake->memory + BUFFER, 100);
	/* Each under its own routing ID, and nothing under the PF's. */
	assert_int_equal(fake->dma_by[NIC_PF + 1], 0);
	assert_true(fake->dma_by[0 + 1] && fake->dma_by[1 + 1]);
	fake_glue_free(fake);
}

static void test_a_lost_frame(void **state)
{
	struct fake_glue *fake = two_vfs("drop:1");

	(void)state;
	give_buffers(fake, 1, 4);
	send(fake, 0, mac_b, mac_a);
	assert_int_equal(status_of(fake, 1, 0), 0);
	fake_glue_free(fake);
}

static void test_to_the_wire(void **state)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 99 };
	struct fake_glue *fake = two_vfs(NULL);
	uint32_t done;

	(void)state;
	send(fake, 0, other, mac_a);
	assert_int_equal(fake->sent_count, 1);
	assert_int_equal(fake->sent[0].len, 100);
	memcpy(&done, fake->memory + RING + 12, sizeof(done));
	assert_int_equal(done & 1, 1); /* written back */
	fake_glue_free(fake);
}

static void test_head_write_back(void **state)
{
	struct fake_glue *fake = two_vfs(NULL);
	uint32_t head;

	(void)state;
	fake_glue_write(fake, 0, VF_TX_QUEUES + TX_WBAL, HEAD_AT | WBAL_ENABLE);
	send(fake, 0, mac_b, mac_a);
	send(fake, 0, mac_b, mac_a);
	memcpy(&head, fake->memory + HEAD_AT, sizeof(head));
	assert_int_equal(head, 2);
	/* Where interrupts are, it is one, by this VF. */
	fake_glue_write(fake, 1, VF_TX_QUEUES + TX_WBAL, 0xfee00010 | WBAL_ENABLE);
	send(fake, 1, mac_a, mac_b);
	assert_int_equal(fake->message_address, 0xfee00010);
	assert_int_equal(fake->message_data, 1);
	assert_int_equal(fake->message_function, 1);
	fake_glue_free(fake);
}

static void test_spoofing(void **state)
{
	struct fake_glue *fake = two_vfs(NULL);

	(void)state;
	fake_glue_write(fake, NIC_PF, PFVFSPOOF, 1);
	give_buffers(fake, 1, 4);
	send(fake, 0, mac_b, mac_b);
	assert_int_equal(status_of(fake, 1, 0), 0);
	assert_int_equal(fake_glue_read(fake, NIC_PF, SSVPC), 1);
	assert_int_equal(fake_glue_read(fake, NIC_PF, SSVPC), 0); /* read means cleared */
	send(fake, 0, mac_b, mac_a);
	assert_int_equal(status_of(fake, 1, 0) & 3, 3);
	fake_glue_free(fake);
}

static void test_port_vlan(void **state)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 99 };
	struct fake_glue *fake = two_vfs(NULL);
	uint16_t tci;

	(void)state;
	fake_glue_write(fake, NIC_PF, VMVIR, VMVIR_ALWAYS | 3 << 13 | 100);
	send(fake, 0, other, mac_a);
	assert_int_equal(fake->sent[0].len, 104);
	assert_true(frame_tag(fake->sent[0].data, fake->sent[0].len, &tci));
	assert_int_equal(tci, 3 << 13 | 100);
	fake_glue_free(fake);
}

static void test_rate(void **state)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 99 };
	struct fake_glue *fake = two_vfs(NULL);
	unsigned int i;

	(void)state;
	fake_glue_write(fake, NIC_PF, RTTDQSEL, 0);
	/* 10 Mbit/s: ten frames of 124 bytes in a millisecond, which is what may go at once. */
	fake_glue_write(fake, NIC_PF, RTTBCNRC, RTTBCNRC_ENABLE | 1000 << 14);
	assert_int_equal(fake_glue_read(fake, NIC_PF, RTTBCNRC) & RTTBCNRC_ENABLE, RTTBCNRC_ENABLE);
	for (i = 0; i < 15; i++)
		send(fake, 0, other, mac_a);
	assert_in_range(fake->sent_count, 10, 12);
	fake_glue_wait(fake, 100000);
	assert_in_range(fake->sent_count, 11, 13);
	for (i = 0; i < 20; i++)
		fake_glue_wait(fake, 100000);
	assert_int_equal(fake->sent_count, 15);
	fake_glue_free(fake);
}

/* The rules of the mailbox: one owner, bells, and what a reset of the PF says. */
/* Who has sent too much in a tenth of a second has the next one for itself. */
static void test_starving(void **state)
{
	static const uint8_t other[6] = { 2, 0, 0, 0, 0, 99 };
	struct fake_glue *fake = two_vfs("flood_starves:5");
	unsigned int i;

	(void)state;
	send(fake, 1, other, mac_b);
	for (i = 0; i < 8; i++)
		send(fake, 0, other, mac_a);
	assert_int_equal(fake->sent_count, 9);
	fake_glue_wait(fake, 100000000);
	send(fake, 1, other, mac_b);
	assert_int_equal(fake->sent_count, 9);
	send(fake, 0, other, mac_a);
	assert_int_equal(fake->sent_count, 10);
	fake_glue_wait(fake, 100000000);
	send(fake, 1, other, mac_b);
	assert_int_equal(fake->sent_count, 11);
	fake_glue_free(fake);
}

static void test_mailbox(void **state)
{
	struct fake_glue *fake = fake_glue_new(&model_82599, NULL);

	(void)state;
	fake->vfs = 2;
	assert_int_equal(fake_glue_read(fake, 1, VF_MAILBOX), VFMAILBOX_RSTI);
	assert_int_equal(fake_glue_read(fake, 1, VF_MAILBOX), VFMAILBOX_RSTI);
	fake_glue_write(fake, NIC_PF, CTRL_EXT, CTRL_EXT_PFRSTD);
	assert_int_equal(fake_glue_read(fake, 1, VF_MAILBOX), VFMAILBOX_RSTD);
	assert_int_equal(fake_glue_read(fake, 1, VF_MAILBOX), 0);
	fake_glue_write(fake, 1, VF_MAILBOX, VFMAILBOX_VFU);
	fake_glue_write(fake, NIC_PF, PFMAILBOX + 4, PFMAILBOX_PFU);
	assert_int_equal(fake_glue_read(fake, NIC_PF, PFMAILBOX + 4), PFMAILBOX_VFU);
	fake_glue_write(fake, 1, VF_MBMEM, 0x1234);
	fake_glue_write(fake, 1, VF_MAILBOX, VFMAILBOX_REQ);
	assert_int_equal(fake_glue_read(fake, NIC_PF, MBVFICR), 2);
	assert_int_equal(fake_glue_read(fake, NIC_PF, PFMBMEM + 64), 0x1234);
	fake_glue_write(fake, NIC_PF, PFMAILBOX + 4, PFMAILBOX_PFU);
	assert_int_equal(fake_glue_read(fake, NIC_PF, PFMAILBOX + 4), PFMAILBOX_PFU);
	fake_glue_write(fake, NIC_PF, PFMAILBOX + 4, PFMAILBOX_STS);
	assert_int_equal(fake_glue_read(fake, 1, VF_MAILBOX), VFMAILBOX_PFSTS);
	fake_glue_free(fake);
}

static void test_interrupts(void **state)
{
	struct fake_glue *fake = two_vfs(NULL);

	(void)state;
	fake_glue_write(fake, 1, VF_IVAR, 0x8081); /* receive 1, transmit 0 */
	give_buffers(fake, 1, 4);
	send(fake, 0, mac_b, mac_a);
	assert_int_equal(fake->interrupts[1 + 1][1], 0); /* not enabled: it is kept */
	fake_glue_write(fake, 1, VF_EIAM, 7);
	fake_glue_write(fake, 1, VF_EIAC, 7);
	fake_glue_write(fake, 1, VF_EIMS, 7);
	assert_int_equal(fake->interrupts[1 + 1][1], 1);
	send(fake, 0, mac_b, mac_a);
	assert_int_equal(fake->interrupts[1 + 1][1], 1); /* masked by the first one */
	fake_glue_write(fake, 1, VF_EIMS, 7);
	assert_int_equal(fake->interrupts[1 + 1][1], 2);
	fake_glue_free(fake);
}

/* The VF that has sent is not told that the reset is over; until its own next reset. */
static void test_vfs_stay_off(void **state)
{
	struct fake_glue *fake = two_vfs("vfs_stay_off");

	(void)state;
	send(fake, 0, mac_b, mac_a);
	fake_glue_write(fake, NIC_PF, CTRL, CTRL_RESET);
	fake_glue_write(fake, NIC_PF, CTRL_EXT, CTRL_EXT_PFRSTD);
	assert_int_equal(fake_glue_read(fake, 0, VF_MAILBOX) & VFMAILBOX_RSTI, VFMAILBOX_RSTI);
	assert_int_equal(fake_glue_read(fake, 1, VF_MAILBOX) & VFMAILBOX_RSTI, 0);
	fake->nic.model->ops->reset_vf(&fake->nic, 0);
	fake_glue_write(fake, NIC_PF, CTRL_EXT, CTRL_EXT_PFRSTD);
	assert_int_equal(fake_glue_read(fake, 0, VF_MAILBOX) & VFMAILBOX_RSTI, 0);
	fake_glue_free(fake);
}

static void test_flr(void **state)
{
	struct fake_glue *fake = two_vfs(NULL);

	(void)state;
	fake->nic.model->ops->reset_vf(&fake->nic, 1);
	assert_int_equal(fake_glue_read(fake, NIC_PF, VFLREC), 2);
	assert_int_equal(fake_glue_read(fake, 1, VF_RX_QUEUES + Q_DCTL) & DCTL_ENABLE, 0);
	assert_int_equal(fake_glue_read(fake, 0, VF_RX_QUEUES + Q_DCTL) & DCTL_ENABLE, DCTL_ENABLE);
	fake_glue_free(fake);
}

/* A VF cannot lead its queues, or its registers, to those of another. */
static void test_vf_stays_in_its_pool(void **state)
{
	struct fake_glue *fake = two_vfs(NULL);
	uint32_t at;

	(void)state;
	for (at = 0; at < VF_REGISTERS; at += 4) {
		fake_glue_read(fake, 0, at);
		if (at != VF_TX_QUEUES + Q_TAIL)
			fake_glue_write(fake, 0, at, 0xffffffff);
	}
	assert_int_equal(fake_glue_read(fake, 1, VF_RX_QUEUES + Q_BAL), RX_RING + 0x1000);
	assert_int_equal(fake_glue_read(fake, 1, VF_TX_QUEUES + Q_DCTL), DCTL_ENABLE);
	assert_int_equal(fake_glue_read(fake, NIC_PF, VFTE), 7);
	fake_glue_free(fake);
}

/* Any value in any register does no harm to the emulator. */
static void test_any_value(void **state)
{
	struct fake_glue *fake = two_vfs(NULL);
	uint32_t seed = 1, i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		seed = seed * 1664525 + 1013904223;
		fake->sent_count = 0;
		fake_glue_write(fake, (int)(seed >> 30) - 1, (seed >> 8 & 0x1fffc) % VF_REGISTERS,
				seed);
		fake_glue_write(fake, NIC_PF, seed >> 12 & 0x1fffc, seed * 7);
	}
	fake_glue_free(fake);
}

static void test_link(void **state)
{
	struct fake_glue *fake = fake_glue_new(&model_82599, "link_slow:5");

	(void)state;
	fake_glue_wait(fake, 10000000000);
	assert_false(fake_glue_read(fake, NIC_PF, LINKS) & LINKS_UP);
	/* It begins with the driver. */
	fake_glue_write(fake, NIC_PF, CTRL, CTRL_LINK_RESET);
	fake_glue_wait(fake, 4000000000);
	assert_false(fake_glue_read(fake, NIC_PF, LINKS) & LINKS_UP);
	fake_glue_wait(fake, 2000000000);
	assert_true(fake_glue_read(fake, NIC_PF, LINKS) & LINKS_UP);
	fake->nic.cable = false;
	fake->nic.model->ops->link(&fake->nic);
	assert_false(fake_glue_read(fake, NIC_PF, LINKS) & LINKS_UP);
	fake_glue_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_vf_to_vf),
		cmocka_unit_test(test_a_lost_frame),
		cmocka_unit_test(test_to_the_wire),
		cmocka_unit_test(test_head_write_back),
		cmocka_unit_test(test_spoofing),
		cmocka_unit_test(test_port_vlan),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_starving),
		cmocka_unit_test(test_mailbox),
		cmocka_unit_test(test_interrupts),
		cmocka_unit_test(test_flr),
		cmocka_unit_test(test_vfs_stay_off),
		cmocka_unit_test(test_vf_stays_in_its_pool),
		cmocka_unit_test(test_any_value),
		cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
