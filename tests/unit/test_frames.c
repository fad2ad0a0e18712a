/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test frames, and the whole exchange over a veth pair in a network namespace of its own. */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <poll.h>
#include <cmocka.h>

#include "wire/load.h"
#include "wire/traffic.h"

static struct frame frame_of(uint32_t seq)
{
	return (struct frame){
		.dst = { 2, 0, 0, 0, 0, 1 },
		.src = { 2, 0, 0, 0, 0, 2 },
		.direction = FRAME_REQUEST,
		.session = 77,
		.seq = seq,
		.size = frames_size(seq),
	};
}

static void test_round_trip(void **state)
{
	bool smallest = false, largest = false;

	(void)state;
	for (uint32_t seq = 0; seq < 200; seq++) {
		struct frame f = frame_of(seq), got;
		uint8_t buf[FRAME_MAX_SIZE + 10] = { 0 };

		frames_build(buf, &f);
		assert_int_equal(frames_parse(buf, f.size, &got), FRAME_GOOD);
		assert_memory_equal(&got, &f, sizeof(f));
		/* Padding by a switch is no fault. */
		assert_int_equal(frames_parse(buf, f.size + 10, &got), FRAME_GOOD);
		smallest |= f.size == FRAME_MIN_SIZE;
		largest |= f.size == FRAME_MAX_SIZE;
	}
	assert_true(smallest && largest);
}

static void test_every_changed_byte_is_seen(void **state)
{
	struct frame f = frame_of(5), got;
	uint8_t buf[FRAME_MAX_SIZE];

	(void)state;
	f.size = 200;
	frames_build(buf, &f);
	for (size_t i = sizeof(struct ether_header); i < f.size; i++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			buf[i] ^= (uint8_t)(1u << bit);
			assert_int_not_equal(frames_parse(buf, f.size, &got), FRAME_GOOD);
			buf[i] ^= (uint8_t)(1u << bit);
		}
	assert_int_equal(frames_parse(buf, f.size, &got), FRAME_GOOD);
}

static void test_every_cut_is_seen(void **state)
{
	struct frame f = frame_of(0), got;
	uint8_t buf[FRAME_MAX_SIZE], *exact;

	(void)state;
	frames_build(buf, &f);
	for (size_t len = 0; len < f.size; len++) {
		exact = malloc(len ? len : 1); /* so that a read beyond the end is found */
		memcpy(exact, buf, len);
		assert_int_equal(frames_parse(exact, len, &got),
				 len < sizeof(struct frame_header) ? FRAME_FOREIGN : FRAME_CORRUPT);
		free(exact);
	}
}

static void test_size_field_is_not_trusted(void **state)
{
	static const uint16_t sizes[] = { 0, 1, 33, 59, 1515, 65535 };
	struct frame f = frame_of(0), got;
	uint8_t buf[FRAME_MAX_SIZE];
	struct frame_header *h = (struct frame_header *)buf;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		frames_build(buf, &f);
		h->size = sizes[i];
		assert_int_equal(frames_parse(buf, sizeof(buf), &got), FRAME_CORRUPT);
	}
}

static void test_answer_differs_from_request(void **state)
{
	struct frame f = frame_of(3);
	uint8_t request[FRAME_MAX_SIZE], answer[FRAME_MAX_SIZE];

	(void)state;
	f.size = 100;
	frames_build(request, &f);
	f.direction = FRAME_ANSWER;
	frames_build(answer, &f);
	assert_memory_not_equal(request + sizeof(struct frame_header),
				answer + sizeof(struct frame_header),
				f.size - sizeof(struct frame_header));
}

static void test_judgement(void **state)
{
	static const struct {
		struct traffic_counts c;
		struct agent_echo_stats s;
		enum traffic_finding want;
	} cases[] = {
		{ { .sent = 200, .answered = 200 }, { 200, 0, 200 }, TRAFFIC_WHOLE },
		{ { .sent = 200, .answered = 200, .duplicate = 2 },
		  { 200, 0, 202 },
		  TRAFFIC_WHOLE },
		{ { .sent = 200, .answered = 199, .duplicate = 3 },
		  { 200, 0, 209 },
		  TRAFFIC_DUPLICATE },
		{ { .sent = 200, .answered = 200, .late = 10 }, { 200, 0, 200 }, TRAFFIC_WHOLE },
		{ { .sent = 200, .answered = 200, .late = 11 },
		  { 200, 0, 200 },
		  TRAFFIC_REORDERED },
		{ { .sent = 200, .answered = 199 }, { 200, 0, 200 }, TRAFFIC_SOME_LOST },
		{ { .sent = 200, .answered = 198 }, { 199, 0, 199 }, TRAFFIC_SOME_LOST },
		{ { .sent = 200, .answered = 197 }, { 200, 0, 200 }, TRAFFIC_LOST },
		{ { .sent = 200, .answered = 0 }, { 200, 0, 200 }, TRAFFIC_LOST },
		{ { .sent = 24, .answered = 24 }, { 24, 0, 24 }, TRAFFIC_LOST },
		{ { .sent = 0, .answered = 0 }, { 0, 0, 0 }, TRAFFIC_LOST },
		/* Someone else answered. */
		{ { .sent = 200, .answered = 200 }, { 200, 0, 100 }, TRAFFIC_LOST },
		{ { .sent = 200, .answered = 200 }, { 100, 0, 200 }, TRAFFIC_LOST },
		{ { .sent = 200, .answered = 200, .corrupt = 1 },
		  { 200, 0, 200 },
		  TRAFFIC_CORRUPT },
		{ { .sent = 200, .answered = 200 }, { 200, 1, 200 }, TRAFFIC_CORRUPT },
		{ { .sent = 200, .corrupt = 200 }, { 200, 0, 200 }, TRAFFIC_CORRUPT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(traffic_judge(&cases[i].c, &cases[i].s, 200), cases[i].want);
}

/* The peer at the other end of the veth pair, and how it misbehaves. */
enum peer {
	PEER_GOOD,
	PEER_CORRUPT,
	PEER_SILENT,
	PEER_LOSES_ONE,
	PEER_TWICE,
	PEER_REFLECTS,
	PEER_OVERTAKES,
};

struct shared {
	struct traffic_echo echo;
};

/*
 * Serves by hand what traffic_echo_serve() does, with one answer lost, doubled or sent back, or one
 * in eight overtaken by the next.
 */
static void serve_badly(struct traffic_echo *e, enum peer peer)
{
	static uint8_t held[2048];
	static size_t held_size;
	uint8_t buf[2048];
	ssize_t n = recv(e->fd, buf, sizeof(buf), 0);
	struct frame f;

	if (n < 0 || frames_parse(buf, (size_t)n, &f) != FRAME_GOOD)
		return;
	if (peer == PEER_LOSES_ONE && f.session == e->session && f.seq == 20)
		return;
	memcpy(f.dst, f.src, ETH_ALEN);
	memcpy(f.src, e->mac, ETH_ALEN);
	if (peer != PEER_REFLECTS)
		f.direction = FRAME_ANSWER;
	frames_build(buf, &f);
	if (peer == PEER_OVERTAKES && f.session == e->session && f.seq % 8 == 2) {
		memcpy(held, buf, f.size);
		held_size = f.size;
		return;
	}
	for (int i = 0; i < (peer == PEER_TWICE ? 2 : 1); i++)
		(void)!send(e->fd, buf, f.size, 0);
	if (held_size > 0)
		(void)!send(e->fd, held, held_size, 0);
	held_size = 0;
}

static pid_t start_peer(enum peer peer, struct shared *s, uint32_t session)
{
	pid_t pid;

	s->echo = (struct traffic_echo){
		.session = session,
		.corrupt_answers = peer == PEER_CORRUPT,
	};
	s->echo.fd = traffic_open("vfptest1", s->echo.mac);
	assert_true(s->echo.fd >= 0);
	pid = fork();
	assert_true(pid >= 0);
	while (pid == 0) {
		struct pollfd p = { .fd = s->echo.fd, .events = POLLIN };

		poll(&p, 1, -1);
		if (peer == PEER_GOOD || peer == PEER_CORRUPT)
			(void)!traffic_echo_serve(&s->echo);
		else if (peer != PEER_SILENT)
			serve_badly(&s->echo, peer);
		else
			(void)!recv(s->echo.fd, &p, sizeof(p), 0);
	}
	return pid;
}

/* The peer counts an answer after it has sent it. */
static bool has_counted(void *arg)
{
	const struct shared *s = arg;

	return __atomic_load_n(&s->echo.stats.answered, __ATOMIC_ACQUIRE) >=
	       __atomic_load_n(&s->echo.stats.received, __ATOMIC_ACQUIRE);
}

/* Each answer that came in time was timed, within the time that all took. */
static void check_times(const struct traffic_path *path)
{
	const struct traffic_times *t = &path->times;

	assert_true(t->answers <= path->counts.answered);
	assert_int_equal(t->answers > 0, t->bytes > 0);
	if (t->answers == 0)
		return;
	assert_true(t->bytes >= 2 * FRAME_MIN_SIZE * (uint64_t)t->answers);
	assert_true(t->bytes <= 2 * FRAME_MAX_SIZE * (uint64_t)t->answers);
	assert_true(t->max_us * t->answers >= t->sum_us);
	assert_true(t->max_us <= t->end_us - t->start_us);
}

/* Has as many frames answered as come within @frames; returns how many were lost. */
static uint64_t load(enum peer peer, uint64_t *corrupt)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct load l = { .ifname = "vfptest0", .n = 1 };
	uint64_t lost;
	pid_t pid;

	assert_ptr_not_equal(s, MAP_FAILED);
	l.peers[0].session = traffic_new_session();
	pid = start_peer(peer, s, l.peers[0].session);
	memcpy(l.peers[0].mac, s->echo.mac, ETH_ALEN);
	assert_int_equal(load_start(&l), 0);
	if (peer == PEER_GOOD) /* numbers are used again after TRAFFIC_MAX_FRAMES */
		assert_int_equal(load_await(&l, TRAFFIC_MAX_FRAMES + 100, 30000), 0);
	else
		assert_int_equal(load_await(&l, 1, 1500), -ETIMEDOUT);
	assert_int_equal(load_stop(&l, 30000), 0);
	assert_int_equal(s->echo.stats.received, 0);
	lost = l.shared->sent - l.shared->answered;
	*corrupt = l.shared->corrupt;
	assert_true(l.shared->sent > 0);
	load_close(&l);
	load_close(&l);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(s->echo.fd);
	munmap(s, sizeof(*s));
	return lost;
}

/* Probes and exchanges 64 frames with such a peer; returns what the probe did. */
static int exchange(enum peer peer, struct traffic_counts *counts, struct agent_echo_stats *stats)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct traffic_path path = { .session = traffic_new_session() };
	uint8_t mac[ETH_ALEN];
	int fd = traffic_open("vfptest0", mac), ret;
	pid_t pid;

	assert_ptr_not_equal(s, MAP_FAILED);
	assert_true(fd >= 0);
	pid = start_peer(peer, s, path.session);
	memcpy(path.peer, s->echo.mac, ETH_ALEN);
	ret = traffic_probe(fd, mac, &path, peer == PEER_SILENT ? 250 : 5000);
	if (ret == 0)
		assert_int_equal(traffic_exchange(fd, mac, &path, 1, 64, util_now_ms() + 30000), 0);
	if (peer == PEER_GOOD)
		assert_int_equal(util_poll_until(has_counted, s, 5000), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_times(&path);
	*counts = path.counts;
	*stats = s->echo.stats;
	close(s->echo.fd);
	close(fd);
	munmap(s, sizeof(*s));
	return ret;
}

static void set_up(int sock, const char *ifname)
{
	struct ifreq ifr = { 0 };

	util_strlcpy(ifr.ifr_name, sizeof(ifr.ifr_name), ifname);
	assert_int_equal(ioctl(sock, SIOCGIFFLAGS, &ifr), 0);
	ifr.ifr_flags |= IFF_UP;
	assert_int_equal(ioctl(sock, SIOCSIFFLAGS, &ifr), 0);
}

/* ip link add vfptest0 type veth peer name vfptest1. Returns 0 or -errno. */
static int add_veth(void)
{
	char buf[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	struct nlattr *info, *data, *peer;
	ssize_t n;
	int ret;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "vfptest0");
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "vfptest1");
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	assert_non_null(nl);
	assert_true(mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) > 0);
	n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	ret = mnl_cb_run(buf, (size_t)n, 0, mnl_socket_get_portid(nl), NULL, NULL) < 0 ? -errno : 0;
	mnl_socket_close(nl);
	return ret;
}

/* Makes the namespace once; every test of the exchange skips if that cannot be done here. */
static int setup_veth(void **state)
{
	static bool tried, works;
	int sock;

	(void)state;
	if (!tried) {
		tried = true;
		works = unshare(CLONE_NEWNET) == 0 && add_veth() == 0;
		if (works) {
			sock = socket(AF_INET, SOCK_DGRAM, 0);
			set_up(sock, "vfptest0");
			set_up(sock, "vfptest1");
			close(sock);
		} else {
			print_message("no network namespace with a veth pair here: %s\n",
				      strerror(errno));
		}
	}
	*state = works ? "works" : NULL;
	return 0;
}

#define NEED_VETH(state)        \
	do {                    \
		if (!*(state))  \
			skip(); \
	} while (0)

static void test_exchange_good(void **state)
{
	struct traffic_counts c;
	struct agent_echo_stats s;

	NEED_VETH(state);
	assert_int_equal(exchange(PEER_GOOD, &c, &s), 0);
	assert_int_equal(c.sent, 64);
	assert_int_equal(c.answered, 64);
	assert_int_equal(c.corrupt + c.duplicate, 0);
	assert_int_equal(c.broadcast_sent, 3); /* numbers 7, 32 and 57 */
	assert_int_equal(c.broadcast_answered, 3);
	assert_int_equal(s.received, 64);
	assert_int_equal(s.answered, 64);
	assert_int_equal(s.corrupt, 0);
}

static void test_exchange_corrupt(void **state)
{
	struct traffic_counts c;
	struct agent_echo_stats s;

	NEED_VETH(state);
	assert_int_equal(exchange(PEER_CORRUPT, &c, &s), 0);
	assert_int_equal(c.answered, 0);
	assert_int_equal(c.corrupt, 64);
	assert_int_equal(s.received, 64);
}

static void test_exchange_reflected_is_no_answer(void **state)
{
	struct traffic_counts c;
	struct agent_echo_stats s;

	NEED_VETH(state);
	assert_int_equal(exchange(PEER_REFLECTS, &c, &s), 0);
	assert_int_equal(c.answered, 0);
	assert_int_equal(c.corrupt, 64);
}

static void test_exchange_silent(void **state)
{
	struct traffic_counts c;
	struct agent_echo_stats s;

	NEED_VETH(state);
	assert_int_equal(exchange(PEER_SILENT, &c, &s), -ETIMEDOUT);
}

static void test_exchange_one_lost(void **state)
{
	struct traffic_counts c;
	struct agent_echo_stats s;
	uint64_t start = util_now_ms();

	NEED_VETH(state);
	assert_int_equal(exchange(PEER_LOSES_ONE, &c, &s), 0);
	assert_int_equal(c.sent, 64);
	assert_int_equal(c.answered, 63);
	/* One frame costs one window's wait, not every later window's. */
	assert_true(util_now_ms() - start < 3 * TRAFFIC_ANSWER_MS);
}

static void test_exchange_doubled(void **state)
{
	struct traffic_counts c;
	struct agent_echo_stats s;

	NEED_VETH(state);
	assert_int_equal(exchange(PEER_TWICE, &c, &s), 0);
	assert_int_equal(c.answered, 64);
	assert_int_equal(c.corrupt, 0);
	/* Those of the last window may come after its end, and three requests went to all. */
	assert_in_range(c.duplicate, 53, 61);
	assert_int_equal(c.late, 0);
}

static void test_exchange_overtaken(void **state)
{
	struct traffic_counts c;
	struct agent_echo_stats s;

	NEED_VETH(state);
	assert_int_equal(exchange(PEER_OVERTAKES, &c, &s), 0);
	assert_int_equal(c.answered, 64);
	assert_int_equal(c.duplicate, 0);
	assert_int_equal(c.late, 8);
}

static void test_load(void **state)
{
	uint64_t corrupt;

	NEED_VETH(state);
	assert_int_equal(load(PEER_GOOD, &corrupt), 0);
	assert_int_equal(corrupt, 0);
	assert_true(load(PEER_SILENT, &corrupt) > 0);
	assert_int_equal(corrupt, 0);
	assert_true(load(PEER_CORRUPT, &corrupt) > 0);
	assert_true(corrupt > 0);
	assert_true(load(PEER_REFLECTS, &corrupt) > 0);
	assert_true(corrupt > 0);
}

static void test_own_frames_are_not_seen(void **state)
{
	uint8_t mac[ETH_ALEN], buf[FRAME_MAX_SIZE];
	struct frame f = frame_of(1);
	int a, b;

	NEED_VETH(state);
	a = traffic_open("vfptest0", mac);
	b = traffic_open("vfptest0", mac);
	assert_true(a >= 0 && b >= 0);
	memcpy(f.dst, mac, ETH_ALEN);
	frames_build(buf, &f);
	assert_true(send(a, buf, f.size, 0) > 0);
	assert_int_equal(recv(a, buf, sizeof(buf), 0), -1);
	assert_int_equal(recv(b, buf, sizeof(buf), 0), -1);
	close(a);
	close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_changed_byte_is_seen),
		cmocka_unit_test(test_every_cut_is_seen),
		cmocka_unit_test(test_size_field_is_not_trusted),
		cmocka_unit_test(test_answer_differs_from_request),
		cmocka_unit_test(test_judgement),
		cmocka_unit_test_setup(test_exchange_good, setup_veth),
		cmocka_unit_test_setup(test_exchange_corrupt, setup_veth),
		cmocka_unit_test_setup(test_exchange_reflected_is_no_answer, setup_veth),
		cmocka_unit_test_setup(test_exchange_silent, setup_veth),
		cmocka_unit_test_setup(test_exchange_one_lost, setup_veth),
		cmocka_unit_test_setup(test_exchange_doubled, setup_veth),
		cmocka_unit_test_setup(test_exchange_overtaken, setup_veth),
		cmocka_unit_test_setup(test_own_frames_are_not_seen, setup_veth),
		cmocka_unit_test_setup(test_load, setup_veth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
