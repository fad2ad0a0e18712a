/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's agent that answers the runner's requests with anything at all.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "cases/guest.h"
#include "fake_sysroot.h"
#include "fuzz.h"
#include "model/advice.h"
#include "model/settings.h"
#include "vm/vm_state.h"

/* What is asked, by the first byte of an input. */
enum question { ASK_HELLO, ASK_NETDEVS, ASK_KLOG, ASK_FIND, ASK_STATS, ASK_EXCHANGE, QUESTIONS };

struct bench {
	struct ctx ctx;
	struct settings settings;
	struct item_result res;
	struct guest guest;
	struct vm vm;
};

static void assert_printable(const char *text, size_t size)
{
	assert_true(strnlen(text, size) < size);
	for (; *text; text++)
		assert_true(*text >= ' ' && *text <= '~');
}

static void ask(struct bench *b, enum question q)
{
	struct agent_exchange_stats exchange;
	struct agent_echo_stats echo;
	struct agent_drivers drivers;
	struct agent_hello hello;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	struct guest *g = &b->guest;
	char line[64];
	int n;

	switch (q) {
	case ASK_HELLO:
		if (vm_wait_ready(g->vm, &hello, 1) == 0)
			assert_printable(hello.kernel, sizeof(hello.kernel));
		break;
	case ASK_NETDEVS:
		n = guest_read_netdevs(g, &drivers, devs);
		assert_true(n <= AGENT_MAX_NETDEVS);
		if (n >= 0)
			assert_printable(drivers.loading, sizeof(drivers.loading));
		while (n-- > 0) {
			assert_printable(devs[n].ifname, sizeof(devs[n].ifname));
			assert_printable(devs[n].pci, sizeof(devs[n].pci));
		}
		break;
	case ASK_KLOG:
		(void)!guest_check_klog(g);
		break;
	case ASK_FIND:
		if (guest_klog_find(g, "*error*", line, sizeof(line)))
			assert_printable(line, sizeof(line));
		guest_quote_klog(g);
		break;
	case ASK_STATS:
		(void)!guest_stop_echo(g, &g->nics[0], &echo);
		break;
	default:
		(void)!guest_ask(g, &g->nics[0], &g->nics[0], 2, 8, false, &exchange);
	}
}

/* The agent's next messages: one that is well framed, and whatever is behind it. */
static void say(struct bench *b, enum question q, int peer, const uint8_t *data, size_t len)
{
	static const enum agent_type types[QUESTIONS] = {
		[ASK_HELLO] = AGENT_HELLO,     [ASK_NETDEVS] = AGENT_NETDEVS,
		[ASK_KLOG] = AGENT_KLOG,       [ASK_FIND] = AGENT_KLOG,
		[ASK_STATS] = AGENT_ECHO_STOP, [ASK_EXCHANGE] = AGENT_EXCHANGE,
	};
	static uint8_t msg[sizeof(struct agent_header) + AGENT_MAX_PAYLOAD];
	const size_t n = len < AGENT_MAX_PAYLOAD ? len : AGENT_MAX_PAYLOAD;

	(void)!send(peer, msg,
		    channel_format(msg, types[q], b->vm.agent_seq + 1, 0, data, (uint32_t)n),
		    MSG_DONTWAIT);
	/* No second answer comes. */
	shutdown(peer, SHUT_WR);
}

static void run_answer(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct bench *b = arg;
	const enum question q = len > 0 ? data[0] % QUESTIONS : ASK_HELLO;
	unsigned int i;
	int fds[2];

	(void)seed;
	(void)r;
	b->vm = (struct vm){ .pidfd = -1, .fds = { -1, -1, -1, -1 } };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	b->vm.fds[VM_AGENT] = fds[0];
	b->guest = (struct guest){ .ctx = &b->ctx, .vm = &b->vm, .n_nics = 1 };
	b->ctx.deadline_ms = util_now_ms() + 2;
	b->res.n_evidence = b->res.n_undo = b->res.n_seen = 0;
	b->res.verdict = VERDICT_NONE;
	say(b, q, fds[1], data + (len > 0), len - (len > 0));
	ask(b, q);
	/* Whatever was recorded can be printed. */
	assert_printable(b->res.measured, sizeof(b->res.measured));
	assert_printable(b->res.reason, sizeof(b->res.reason));
	for (i = 0; i < b->res.n_evidence; i++)
		assert_printable(b->res.evidence[i].value, sizeof(b->res.evidence[i].value));
	util_closep(&b->vm.fds[VM_AGENT]);
	close(fds[1]);
	qmp_free(&b->vm.qmp);
}

static void fuzz_agent_answers(void **state)
{
	static const struct case_def def = { .id = "test" };
	const struct fake_sysroot *fs = *state;
	struct bench *b = calloc(1, sizeof(*b));
	struct {
		uint8_t question;
		struct agent_drivers drivers;
		struct agent_netdev dev;
	} __attribute__((packed)) netdevs = { ASK_NETDEVS,
					      { .loading = "igbvf" },
					      { .ifname = "eth0", .pci = "0000:01:00.0" } };
	struct {
		uint8_t question;
		struct agent_klog head;
		char lines[64];
	} __attribute__((
		packed)) klog = { ASK_KLOG, { .next = 3 }, "<3>igbvf: an error\n<4>a warning\n" };
	struct {
		uint8_t question;
		struct agent_exchange_stats stats;
	} __attribute__((packed)) exchange = { ASK_EXCHANGE, { .sent = 8, .answered = 8 } };
	struct fuzz_target t = {
		.seeds = { { &netdevs, sizeof(netdevs) },
			   { &klog, sizeof(klog) },
			   { &exchange, sizeof(exchange) } },
		.words = { "eth0", "<3>", "\n", "igbvf", "0000:01:00.0", "BUG: ", "error" },
		.rounds = 400,
		.run = run_answer,
		.arg = b,
	};

	fake_file(fs, "dev/kmsg", "");
	assert_int_equal(advice_load(), 0);
	settings_init(&b->settings);
	b->ctx = (struct ctx){
		.def = &def, .settings = &b->settings, .root = &fs->root, .res = &b->res
	};
	fuzz_run(&t);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fuzz_agent_answers, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
