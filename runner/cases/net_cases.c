/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of traffic through the network stacks of host and guests. */
#include "cases/net_cases.h"

#include "cases/areas.h"
#include "cases/fixtures.h"

#define NET_TIMEOUT_S 420

int net_ends_close(int ret, struct net_end *a, struct net_end *b, struct net_end *c)
{
	struct net_end *const ends[] = { a, b, c };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		int err = ends[i] ? net_close(ends[i]) : 0;

		ret = ret < 0 ? ret : err;
	}
	return ret;
}

const struct case_def net_cases[] = {
	{ .id = "net_ip",
	  .set = SET_FULL,
	  .title = "IPv4, IPv6 and TCP between guests and PF",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_pair,
	  .run = run_net_ip },
	{ .id = "net_tcp",
	  .set = SET_FULL,
	  .title = "Much content over several TCP streams arrives whole",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_pair,
	  .run = run_net_tcp },
	{ .id = "net_offload",
	  .set = SET_FULL,
	  .title = "Content is whole with each offload of the VF off and on",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_pair,
	  .run = run_net_offload },
	{ .id = "net_stats",
	  .set = SET_FULL,
	  .title = "Counters of guest, VF and PF agree with what was sent",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_pair,
	  .run = run_net_stats },
	{ .id = "net_queues",
	  .set = SET_FULL,
	  .title = "Flows are spread over the queues of a VF",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_wide,
	  .ports = PORTS_PEER,
	  .run = run_net_queues },
	{ .id = "net_irq",
	  .set = SET_FULL,
	  .title = "Interrupts of a VF come with its own traffic, and where they are directed to",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_wide,
	  .ports = PORTS_PEER,
	  .run = run_net_irq },
	{ .id = "net_perf",
	  .set = SET_FULL,
	  .title = "How fast a VF is in a guest, and its PF in the same run",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_wide,
	  .ports = PORTS_PEER,
	  .run = run_net_perf },
	{ .id = "net_bond",
	  .set = SET_FULL,
	  .title = "A bond of VFs of two ports goes on when one goes",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_second_pf },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_wide,
	  .ports = PORTS_PEER,
	  .run = run_net_bond },
	{ .id = "net_failover",
	  .set = SET_FULL,
	  .title = "virtio-net stands by for a VF",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_second_pf },
	  .timeout_s = NET_TIMEOUT_S,
	  .fixture = &fixture_wide,
	  .ports = PORTS_PEER,
	  .run = run_net_failover },
	{ .id = "net_nocarrier",
	  .set = SET_FULL,
	  .title = "VFs of a port without carrier say so",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_NEEDS, &req_vfs, &req_two_vfs },
	  .timeout_s = NET_TIMEOUT_S,
	  .ports = PORTS_PEER,
	  .run = run_net_nocarrier },
	{ .id = NULL },
};
