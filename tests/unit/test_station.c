/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stations, and the namespaces that they are in: a veth pair stands in for two ports and a wire. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "cases/station.h"
#include "engine/undo.h"
#include "fake_sysroot.h"
#include "sys/link.h"
#include "wire/traffic.h"

struct bench {
	struct ctx ctx;
	struct settings settings;
	struct sysroot root;
	struct item_result res;
	bool works;
};

static int setup(void **state)
{
	static const struct case_def def = { .id = "test" };
	struct bench *b = calloc(1, sizeof(*b));

	settings_init(&b->settings);
	b->ctx = (struct ctx){
		.def = &def,
		.settings = &b->settings,
		.root = &b->root,
		.deadline_ms = util_now_ms() + 60000,
		.res = &b->res,
	};
	*state = b;
	b->works = fake_netns() && fake_veth("s0", "s1") == 0;
	if (!b->works)
		print_message("no network namespace with a veth pair here\n");
	return sysroot_open(&b->root, "/");
}

static int teardown(void **state)
{
	struct bench *b = *state;

	sysroot_close(&b->root);
	free(b);
	return 0;
}

#define NEED_WIRE(b)             \
	do {                     \
		if (!(b)->works) \
			skip();  \
	} while (0)

static bool is_here(const char *ifname)
{
	struct link_info info;

	return link_get(ifname, &info) == 0;
}

/* Answers on @s until it is killed. */
static pid_t start_echo(const struct station *s, uint32_t session)
{
	struct traffic_echo echo = { .fd = s->fd, .session = session };
	pid_t pid = fork();

	assert_true(pid >= 0);
	memcpy(echo.mac, s->mac, sizeof(echo.mac));
	while (pid == 0) {
		struct pollfd p = { .fd = echo.fd, .events = POLLIN };

		poll(&p, 1, -1);
		(void)!traffic_echo_serve(&echo);
	}
	return pid;
}

static void test_away_and_home(void **state)
{
	struct bench *b = *state;
	struct station far = { 0 }, near = { 0 };
	struct traffic_path path = { .session = 2 };
	pid_t pid;

	NEED_WIRE(b);
	assert_int_equal(station_open_away(&far, &b->ctx, "s1", "peer"), 0);
	assert_false(is_here("s1"));
	assert_true(is_here("s0"));
	assert_int_equal(link_set_up("s0", true), 0);
	assert_int_equal(station_open(&near, &b->ctx, "s0", "PF"), 0);
	assert_int_equal(station_wait_link(&far), 0);
	/* It was waited for in the station's namespace, and this process is back in its own. */
	assert_true(is_here("s0"));
	pid = start_echo(&far, path.session);
	memcpy(path.peer, far.mac, sizeof(path.peer));
	assert_int_equal(traffic_probe(near.fd, near.mac, &path, 5000), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	station_close(&near);
	station_close(&far);
	assert_true(is_here("s1"));
	/* Closing twice does no harm. */
	station_close(&far);
	assert_false(ctx_failed(&b->ctx));
}

/* Home comes first, then the link state: the undos are carried out from the last to the first. */
static void test_undo(void **state)
{
	struct bench *b = *state;
	struct station far = { 0 };
	struct link_info info;

	NEED_WIRE(b);
	assert_int_equal(station_open_away(&far, &b->ctx, "s1", "peer"), 0);
	assert_int_equal(b->res.n_undo, 2);
	assert_int_equal(b->res.undo[0].op, UNDO_LINK_UP);
	assert_int_equal(b->res.undo[0].value, 1);
	assert_int_equal(b->res.undo[1].op, UNDO_NETDEV_HOME);
	station_close(&far);
	assert_int_equal(link_get("s1", &info), 0);
	assert_false(info.admin_up);
	assert_int_equal(undo_run(&b->root, b->res.undo, b->res.n_undo), 0);
	assert_int_equal(link_get("s1", &info), 0);
	assert_true(info.admin_up);
}

static void test_no_carrier(void **state)
{
	struct bench *b = *state;
	struct station far = { 0 };

	NEED_WIRE(b);
	b->ctx.deadline_ms = util_now_ms() + 300;
	assert_int_equal(station_open_away(&far, &b->ctx, "s1", "peer"), 0);
	assert_int_equal(station_wait_link(&far), -ETIMEDOUT);
	assert_int_equal(b->res.verdict, VERDICT_FAIL);
	assert_string_equal(b->res.label, "link_down");
	assert_non_null(strstr(b->res.measured, "peer (s1)"));
	station_close(&far);
}

/* A promiscuous station sees frames that are for others. */
static void test_promisc(void **state)
{
	static const uint8_t other[6] = { 0x02, 0, 0, 0, 0, 0x99 };
	struct bench *b = *state;
	struct station far = { 0 }, near = { 0 };
	struct link_info info;
	uint8_t buf[FRAME_MAX_SIZE];
	struct frame f = { .direction = FRAME_REQUEST, .session = 4, .size = FRAME_MIN_SIZE };
	struct pollfd p;

	NEED_WIRE(b);
	assert_int_equal(link_set_up("s0", true), 0);
	assert_int_equal(station_open_away(&far, &b->ctx, "s1", "peer"), 0);
	assert_int_equal(station_open(&near, &b->ctx, "s0", "PF"), 0);
	assert_int_equal(station_set_promisc(&far), 0);
	assert_int_equal(station_wait_link(&far), 0);
	assert_int_equal(link_get("s0", &info), 0);
	memcpy(f.dst, other, sizeof(f.dst));
	memcpy(f.src, near.mac, sizeof(f.src));
	frames_build(buf, &f);
	assert_int_equal(send(near.fd, buf, f.size, 0), f.size);
	p = (struct pollfd){ .fd = far.fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(recv(far.fd, buf, sizeof(buf), 0), f.size);
	station_close(&near);
	station_close(&far);
}

static void test_no_such_netdev(void **state)
{
	struct bench *b = *state;
	struct station s = { 0 };

	NEED_WIRE(b);
	assert_true(station_open(&s, &b->ctx, "nosuch", "PF") < 0);
	station_close(&s);
	assert_true(station_open_away(&s, &b->ctx, "nosuch", "peer") < 0);
	station_close(&s);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_away_and_home, setup, teardown),
		cmocka_unit_test_setup_teardown(test_undo, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_carrier, setup, teardown),
		cmocka_unit_test_setup_teardown(test_promisc, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_such_netdev, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
