/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hostile requests about the guest's network stack. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>

#include "../../guest-image/agent/agent.h"
#include "fake_sysroot.h"
#include "fuzz.h"
#include "wire/channel.h"

#define MAX_MESSAGE 256

/* Ends all that was started: a fuzzer starts more than there is room for. */
static void end_transfers(struct agent *a)
{
	struct transfer_state state;

	for (uint32_t i = 0; i < AGENT_MAX_TRANSFERS; i++)
		(void)!agent_transfers_stop(&a->transfers, i, &state);
}

static void run_net(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct agent *a = arg;
	_cleanup_free_ uint8_t *reply = malloc(AGENT_MAX_PAYLOAD), *payload = NULL;
	struct agent_header req;
	int32_t status = 1;
	uint32_t n;

	(void)seed;
	assert_non_null(reply);
	if (len < sizeof(req) || len - sizeof(req) > AGENT_MAX_PAYLOAD)
		return;
	memcpy(&req, data, sizeof(req));
	req.len = (uint32_t)(len - sizeof(req));
	payload = malloc(req.len + !req.len);
	assert_non_null(payload);
	memcpy(payload, data + sizeof(req), req.len);
	n = agent_handle(a, &req, payload, reply, &status);
	assert_true(n <= AGENT_MAX_PAYLOAD && status <= 0);
	assert_true(status == 0 || n == 0);
	assert_true(req.type != AGENT_TRANSFER_STATE || status < 0 ||
		    n == sizeof(struct transfer_state));
	if (fuzz_below(r, 16) == 0)
		end_transfers(a);
	a->end = AGENT_GOES_ON;
}

static void fuzz_agent_net(void **state)
{
	const struct fake_sysroot *fs = *state;
	struct transfer_config tcp = { .ifname = "lo",
				       .role = TRANSFER_TCP_SERVER,
				       .streams = 8,
				       .port = 5001,
				       .local = { .family = IP_V4 },
				       .remote = { .family = IP_V4 },
				       .timeout_ms = 1 };
	struct transfer_config ping = tcp;
	struct agent_net_address address = { .ifname = "lo", .clear = 1, .add = 1 };
	struct agent_feature feature = { .ifname = "lo", .name = "rx-gro", .set = AGENT_OFF };
	struct agent_irq_affinity affinity = { .ifname = "fuzz0", .irq = 25, .mask = 1 };
	struct agent_bond bond = { .ifname = "fuzzb", .primary = "lo", .other = "fuzz0" };
	struct agent_link link = { .ifname = "fuzz0" };
	struct agent_channels channels = { .ifname = "lo", .set = 1 };
	struct agent_transfer handle = { 0 };
	const struct {
		enum agent_type type;
		const void *payload;
		uint32_t len;
	} rows[] = {
		{ AGENT_TRANSFER_START, &tcp, sizeof(tcp) },
		{ AGENT_TRANSFER_START, &ping, sizeof(ping) },
		{ AGENT_TRANSFER_STATE, &handle, sizeof(handle) },
		{ AGENT_TRANSFER_STOP, &handle, sizeof(handle) },
		{ AGENT_NET_ADDRESS, &address, sizeof(address) },
		{ AGENT_FEATURE, &feature, sizeof(feature) },
		{ AGENT_CHANNELS, &channels, sizeof(channels) },
		{ AGENT_IRQS, &link, sizeof(link) },
		{ AGENT_IRQ_AFFINITY, &affinity, sizeof(affinity) },
		{ AGENT_COUNTERS, &link, sizeof(link) },
		{ AGENT_BOND, &bond, sizeof(bond) },
		{ AGENT_MASTER, &link, sizeof(link) },
	};
	uint8_t msgs[ARRAY_SIZE(rows)][MAX_MESSAGE];
	struct agent *a = calloc(1, sizeof(*a));
	struct fuzz_target t = {
		.words = { "fuzz0", "lo", "..", "/", "\x04", "\x06", "\x20", "\x21", "\x24",
			   "\x28" },
		.rounds = 1500,
		.run = run_net,
		.arg = a,
	};

	/* No netdev of this machine may be in reach. */
	if (!fake_netns())
		skip();
	assert_non_null(a);
	ping.role = TRANSFER_PING;
	ping.streams = 1;
	ping.size = 64;
	ip_make(&address.address, IP_V4, 1, 1);
	a->root = fs->root;
	a->port = -1;
	fake_file(fs, "proc/sys/net/ipv4/conf/all/arp_ignore", "0\n");
	fake_file(fs, "proc/interrupts", " 25: 1 2 PCI-MSIX 0-edge fuzz0-rx\n");
	fake_file(fs, "sys/class/net/fuzz0/bonding/active_slave", "lo\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(sizeof(struct agent_header) + rows[i].len <= MAX_MESSAGE);
		t.seeds[i] =
			(struct fuzz_seed){ msgs[i], channel_format(msgs[i], rows[i].type, 1, 0,
								    rows[i].payload, rows[i].len) };
	}
	fuzz_run(&t);
	end_transfers(a);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fuzz_agent_net, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
