/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports reach each other: probe frames over veth pairs, and the choice of peers. */
#include <setjmp.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "run/reach.h"
#include "fake_sysroot.h"
#include "model/settings.h"
#include "sys/inventory.h"
#include "sys/link.h"

static struct inventory inv;

/* Two wires: a0 - a1 and b0 - b1. The first end of each is down. */
static int setup_wires(void **state)
{
	static bool works;

	*state = &works;
	works = fake_netns() && fake_veth("a0", "a1") == 0 && fake_veth("b0", "b1") == 0;
	if (!works)
		print_message("no network namespace with veth pairs here\n");
	return 0;
}

#define NEED_WIRES(state)               \
	do {                            \
		if (!*(bool *)*(state)) \
			skip();         \
	} while (0)

static bool is_up(const char *ifname)
{
	struct link_info info;

	assert_int_equal(link_get(ifname, &info), 0);
	return info.admin_up;
}

static int no_counter(const char *ifname, const char *driver, uint64_t *frames)
{
	(void)ifname;
	(void)driver;
	(void)frames;
	return -EOPNOTSUPP;
}

/* What has come in, as if the netdev's counter were the MAC's. */
static int counts_all(const char *ifname, const char *driver, uint64_t *frames)
{
	struct link_info info;
	int ret = link_get(ifname, &info);

	(void)driver;
	*frames = info.rx_packets;
	return ret;
}

static int counts_nothing(const char *ifname, const char *driver, uint64_t *frames)
{
	(void)ifname;
	(void)driver;
	*frames = 7;
	return 0;
}

/* All of them SR-IOV ports of different cards. */
static struct reach_probe *new_probe(const char *const *names, unsigned int n)
{
	struct reach_probe *p = reach_probe_new();

	assert_non_null(p);
	p->n = n;
	p->set_up = link_set_up;
	p->read_mac = no_counter;
	p->times = (struct reach_times){ .carrier_ms = 5000, .probe_ms = 5000 };
	for (unsigned int i = 0; i < n; i++) {
		util_strlcpy(p->ports[i].ifname, sizeof(p->ports[i].ifname), names[i]);
		p->ports[i].wanted = true;
	}
	return p;
}

#define NEW_PROBE(...)                                  \
	new_probe((const char *const[]){ __VA_ARGS__ }, \
		  ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

static void test_two_wires(void **state)
{
	struct reach_probe *p;
	uint64_t start = util_now_ms();

	NEED_WIRES(state);
	p = NEW_PROBE("a0", "b0", "", "b1", "nosuch", "a1");
	reach_probe_run(p);
	assert_int_equal(p->ports[0].reaches, 1 << 5);
	assert_int_equal(p->ports[5].reaches, 1 << 0);
	assert_int_equal(p->ports[1].reaches, 1 << 3);
	assert_int_equal(p->ports[3].reaches, 1 << 1);
	assert_int_equal(p->ports[2].reaches | p->ports[4].reaches, 0);
	assert_int_equal(reach_over_wire(p, 0), 1 << 5);
	/* It ends soon after all have found each other, and not beside other work. */
	assert_true(util_now_ms() - start < 4000);
	assert_true(p->done && !p->first_done);
	/* They stay up until they are put back. */
	assert_true(is_up("a0"));
	reach_probe_put_back(p);
	assert_false(is_up("a0"));
	assert_true(is_up("a1"));
	reach_probe_free(p);
}

/* Ports that are up, have a carrier, and hear nobody. */
static void test_no_wire_between(void **state)
{
	struct reach_probe *p;

	NEED_WIRES(state);
	p = NEW_PROBE("a0", "b0");
	p->times.probe_ms = 300;
	reach_probe_run(p);
	assert_true(p->ports[0].carrier && p->ports[1].carrier);
	assert_int_equal(p->ports[0].reaches | p->ports[1].reaches, 0);
	assert_int_equal(reach_others(p, 0), 1 << 1);
	reach_probe_free(p);
}

/* A loop at the far end of one port: that port hears what it has sent. */
static void test_loop(void **state)
{
	struct reach_probe *p;
	pid_t loop;

	NEED_WIRES(state);
	loop = fake_wire("a1", "a1", 0);
	assert_true(loop > 0);
	p = NEW_PROBE("a0", "b0");
	p->times.probe_ms = 300;
	reach_probe_run(p);
	fake_wire_end(loop);
	assert_true(p->ports[0].hears_itself);
	assert_false(p->ports[1].hears_itself);
	assert_int_equal(p->ports[0].reaches | p->ports[1].reaches, 0);
	reach_probe_free(p);
}

static void test_without_carrier(void **state)
{
	struct reach_probe *p;

	NEED_WIRES(state);
	assert_int_equal(link_set_up("b1", false), 0);
	p = NEW_PROBE("a0", "a1", "b0");
	p->times.carrier_ms = 300;
	reach_probe_run(p);
	assert_false(p->ports[2].carrier);
	assert_int_equal(p->ports[2].reaches, 0);
	/* It does not keep the others from each other. */
	assert_int_equal(p->ports[0].reaches, 1 << 1);
	assert_int_equal(p->ports[1].reaches, 1 << 0);
	reach_probe_free(p);
}

static bool goes_on_beside(void *arg)
{
	const struct reach_probe *p = arg;

	return __atomic_load_n(&p->first_done, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&p->ports[0].carrier, __ATOMIC_RELAXED);
}

static pid_t start_probe(struct reach_probe *p)
{
	pid_t pid = fork();

	if (pid == 0) {
		reach_probe_run(p);
		_exit(0);
	}
	return pid;
}

/* A switch that forwards only some time after the links came up. */
static void test_late_forwarding(void **state)
{
	struct reach_probe *p;
	pid_t pid, wire;

	NEED_WIRES(state);
	p = NEW_PROBE("a0", "b0");
	p->times = (struct reach_times){
		.carrier_ms = 1000, .probe_ms = 300, .late_carrier_ms = 1000, .late_ms = 60000
	};
	pid = start_probe(p);
	/* Other work can begin meanwhile, and the ports stay up. */
	assert_int_equal(util_poll_until(goes_on_beside, p, 10000), 0);
	assert_false(p->done);
	wire = fake_wire("a1", "b1", 0);
	assert_true(wire > 0);
	waitpid(pid, NULL, 0);
	assert_int_equal(p->ports[0].reaches, 1 << 1);
	assert_int_equal(p->ports[1].reaches, 1 << 0);
	assert_true(p->done);
	assert_true(is_up("a0"));
	reach_probe_put_back(p);
	assert_false(is_up("a0"));
	fake_wire_end(wire);
	reach_probe_free(p);
}

static int b0_hangs(const char *ifname, bool up)
{
	while (strcmp(ifname, "b0") == 0)
		pause();
	return link_set_up(ifname, up);
}

/* A driver that hangs while it brings its port up keeps nobody else. */
static void test_port_that_hangs(void **state)
{
	struct reach_probe *p;

	NEED_WIRES(state);
	p = NEW_PROBE("b0", "a0", "a1");
	p->set_up = b0_hangs;
	p->times = (struct reach_times){ .port_ms = 300,
					 .carrier_ms = 300,
					 .probe_ms = 300,
					 .late_carrier_ms = 300,
					 .late_ms = 60000 };
	waitpid(start_probe(p), NULL, 0);
	assert_true(p->done);
	assert_int_equal(p->ports[0].state, REACH_ASKED);
	assert_int_equal(p->ports[1].reaches, 1 << 2);
	assert_int_equal(p->ports[2].reaches, 1 << 1);
	reach_probe_free(p);
}

/* It ends some time after the last carrier, and not after the first. */
static void test_late_carrier(void **state)
{
	struct reach_probe *p;
	uint64_t start, ms;
	pid_t pid;

	NEED_WIRES(state);
	assert_int_equal(link_set_up("b1", false), 0);
	p = NEW_PROBE("a0", "b0");
	p->times = (struct reach_times){
		.carrier_ms = 100, .probe_ms = 100, .late_carrier_ms = 10000, .late_ms = 1500
	};
	pid = start_probe(p);
	assert_int_equal(util_poll_until(goes_on_beside, p, 5000), 0);
	assert_true(!p->ports[1].carrier && !p->done);
	start = util_now_ms();
	assert_int_equal(link_set_up("b1", true), 0);
	waitpid(pid, NULL, 0);
	ms = util_now_ms() - start;
	assert_true(p->done && p->ports[1].carrier);
	assert_true(ms >= 1400 && ms < 6000);
	reach_probe_free(p);
}

/* Nobody needs another port: there is nothing to wait for. */
static void test_plain_ports_do_not_wait(void **state)
{
	struct reach_probe *p;

	NEED_WIRES(state);
	p = NEW_PROBE("a0", "a1", "b0");
	p->times.probe_ms = 300;
	p->times.late_carrier_ms = p->times.late_ms = 60000;
	p->ports[2].wanted = false;
	reach_probe_run(p);
	assert_true(p->done && !p->first_done);
	reach_probe_free(p);
}

/* Functions of one card hear each other: which of them have a wire between them? */
static void test_same_card(void **state)
{
	static const struct {
		int (*read_mac)(const char *ifname, const char *driver, uint64_t *frames);
		bool same_port, other_port, peers;
	} rows[] = {
		{ counts_all, false, false, true },
		{ counts_nothing, false, false, false }, /* NPAR whose driver tells no port */
		{ counts_nothing, false, true, false },
		{ no_counter, false, false, false },
		{ no_counter, false, true, true },
		{ counts_all, true, false, false },
	};

	NEED_WIRES(state);
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
		struct reach_probe *p = NEW_PROBE("a0", "a1");

		p->read_mac = rows[r].read_mac;
		p->ports[0].same_card = p->ports[0].other_port = p->ports[0].same_port = 2;
		p->ports[1].same_card = p->ports[1].other_port = p->ports[1].same_port = 1;
		for (unsigned int i = 0; i < 2; i++) {
			p->ports[i].same_port *= rows[r].same_port;
			p->ports[i].other_port *= rows[r].other_port;
		}
		reach_probe_run(p);
		assert_int_equal(reach_mutual(p, 0), 2);
		if (reach_over_wire(p, 0) != (rows[r].peers ? 2 : 0) ||
		    reach_over_wire(p, 1) != (rows[r].peers ? 1 : 0))
			fail_msg("row %zu: %llx", r, (unsigned long long)reach_over_wire(p, 0));
		assert_int_equal(reach_others(p, 0), rows[r].same_port ? 0 : 2);
		reach_probe_free(p);
	}
}

/* ---- peers ---- */

/* A port for each letter: P an SR-IOV PF, n a plain NIC. All reach each other. */
static void set_nics(const char *kinds)
{
	memset(&inv, 0, sizeof(inv));
	for (; kinds[inv.n_nics]; inv.n_nics++)
		inv.nics[inv.n_nics].sysfs_total_vfs = kinds[inv.n_nics] == 'P' ? 7 : -1;
	for (unsigned int i = 0; i < inv.n_nics; i++) {
		inv.nics[i].wired = ((UINT64_C(1) << inv.n_nics) - 1) & ~(UINT64_C(1) << i);
		inv.nics[i].peer = -1;
	}
}

static void test_peers(void **state)
{
	static const struct {
		const char *kinds;
		bool over;
		int peers[5];
	} rows[] = {
		{ "PP", true, { 1, 0 } },
		{ "PPPP", true, { 1, 0, 3, 2 } }, /* pairs, so that both can be used at a time */
		{ "PPP", true, { 1, 0, 0 } },
		{ "PPP", false, { 1, 0, -1 } }, /* another may come */
		{ "nPnP", true, { 1, 3, 1, 1 } }, /* a PF before a plain NIC */
		{ "nP", true, { 1, 0 } },
		{ "nP", false, { -1, -1 } },
		{ "P", true, { -1 } },
	};

	(void)state;
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
		set_nics(rows[r].kinds);
		reach_choose_peers(&inv, rows[r].over);
		for (unsigned int i = 0; i < inv.n_nics; i++)
			if (inv.nics[i].peer != rows[r].peers[i])
				fail_msg("%s: the peer of %u is %d", rows[r].kinds, i,
					 inv.nics[i].peer);
	}
}

/* Frames that go one way only are of no use. */
static void test_one_way_is_no_peer(void **state)
{
	(void)state;
	set_nics("PP");
	inv.nics[0].wired = 0;
	reach_choose_peers(&inv, true);
	assert_int_equal(inv.nics[0].peer, -1);
	assert_int_equal(inv.nics[1].peer, -1);
}

/* ---- the whole ---- */

/* SR-IOV ports with these netdevs, on one card and of different physical ports. */
static void set_ports(const char *const *names, unsigned int n)
{
	memset(&inv, 0, sizeof(inv));
	for (; inv.n_nics < n; inv.n_nics++) {
		struct nic *nic = &inv.nics[inv.n_nics];

		nic->sysfs_total_vfs = 7;
		nic->peer = -1;
		util_strlcpy(nic->ifname, sizeof(nic->ifname), names[inv.n_nics]);
		util_format(nic->port_id, sizeof(nic->port_id), "%u", inv.n_nics);
	}
}

#define SET_PORTS(...)                                  \
	set_ports((const char *const[]){ __VA_ARGS__ }, \
		  ARRAY_SIZE(((const char *const[]){ __VA_ARGS__ })))

struct whole {
	struct sysroot root;
	struct settings settings;
	struct reach r;
};

static void whole_begin(struct whole *w)
{
	assert_int_equal(sysroot_open(&w->root, "/"), 0);
	settings_init(&w->settings);
	w->r = (struct reach){ .root = &w->root, .settings = &w->settings, .inv = &inv };
}

static void whole_end(struct whole *w)
{
	reach_end(&w->r);
	sysroot_close(&w->root);
}

static void test_found_at_once(void **state)
{
	static struct whole w;

	NEED_WIRES(state);
	SET_PORTS("a0", "a1");
	whole_begin(&w);
	reach_begin(&w.r);
	assert_true(reach_is_known(&w.r, &inv.nics[0], false));
	assert_int_equal(inv.nics[0].peer, 1);
	assert_int_equal(inv.nics[1].peer, 0);
	assert_non_null(strstr(inv.nics[0].wire, "another physical port"));
	assert_false(w.r.late);
	whole_end(&w);
	assert_false(is_up("a0"));
}

static bool second_is_known(void *arg)
{
	return reach_is_known(arg, &inv.nics[1], true);
}

/* The two that have found each other need not wait for the one that has not. */
static void test_known_port_by_port(void **state)
{
	static struct whole w;

	NEED_WIRES(state);
	SET_PORTS("a0", "b0", "a1");
	whole_begin(&w);
	reach_begin(&w.r);
	assert_true(w.r.late);
	assert_true(reach_is_known(&w.r, &inv.nics[0], false));
	assert_int_equal(inv.nics[0].peer, 2);
	assert_false(reach_is_known(&w.r, &inv.nics[1], false));
	/* The process ends before its time: what it has found is kept, the rest is not known. */
	kill(w.r.child.pid, SIGKILL);
	assert_int_equal(util_poll_until(second_is_known, &w.r, 5000), 0);
	assert_int_equal(inv.nics[0].peer, 2);
	assert_int_equal(inv.nics[2].peer, 0);
	assert_int_equal(inv.nics[1].peer, -1);
	assert_int_equal(inv.nics[1].others, 1 << 0 | 1 << 2);
	assert_non_null(strstr(inv.nics[1].wire, "not found out"));
	whole_end(&w);
	assert_false(is_up("a0"));
}

/* The operator says that there is no wire: it is not waited for. */
static void test_no_wire_is_meant(void **state)
{
	static struct whole w;

	NEED_WIRES(state);
	SET_PORTS("a0", "b0");
	whole_begin(&w);
	w.settings.wire = WIRE_NONE;
	reach_begin(&w.r);
	assert_false(w.r.late);
	assert_true(reach_is_known(&w.r, &inv.nics[0], false));
	assert_non_null(strstr(inv.nics[0].wire, "has a carrier too"));
	whole_end(&w);
}

/* The netdevs of a fake tree are not those of this machine. */
static void test_fake_tree_is_not_probed(void **state)
{
	struct fake_sysroot *fs = *state;
	struct settings settings;
	struct reach r = { .root = &fs->root, .settings = &settings, .inv = &inv };

	settings_init(&settings);
	SET_PORTS("a0", "a1");
	reach_begin(&r);
	assert_true(reach_is_known(&r, &inv.nics[0], false));
	assert_int_equal(inv.nics[0].peer, -1);
	assert_int_equal(inv.nics[0].reaches, 0);
	reach_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_two_wires, setup_wires),
		cmocka_unit_test_setup(test_no_wire_between, setup_wires),
		cmocka_unit_test_setup(test_loop, setup_wires),
		cmocka_unit_test_setup(test_without_carrier, setup_wires),
		cmocka_unit_test_setup(test_late_forwarding, setup_wires),
		cmocka_unit_test_setup(test_port_that_hangs, setup_wires),
		cmocka_unit_test_setup(test_late_carrier, setup_wires),
		cmocka_unit_test_setup(test_plain_ports_do_not_wait, setup_wires),
		cmocka_unit_test_setup(test_same_card, setup_wires),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_one_way_is_no_peer),
		cmocka_unit_test_setup(test_found_at_once, setup_wires),
		cmocka_unit_test_setup(test_known_port_by_port, setup_wires),
		cmocka_unit_test_setup(test_no_wire_is_meant, setup_wires),
		cmocka_unit_test_setup_teardown(test_fake_tree_is_not_probed, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
