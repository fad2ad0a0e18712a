/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged input for the parsers of what QEMU, the guest and the wire say, and for the agent's own.
 */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../guest-image/agent/agent.h"
#include "fuzz.h"
#include "wire/agent_config.h"
#include "wire/agent_life.h"
#include "wire/agent_iso.h"
#include "wire/channel.h"
#include "wire/frames.h"
#include "vm/qmp.h"

static void run_frames(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	uint8_t again[FRAME_MAX_SIZE];
	struct frame f;
	enum frame_check check = frames_parse(data, len, &f);

	(void)r;
	(void)arg;
	assert_true(!seed || check == FRAME_GOOD);
	if (check != FRAME_GOOD)
		return;
	/* Nothing else than what would be built with these values is a good frame. */
	assert_true(f.size <= len && f.size >= FRAME_MIN_SIZE && f.size <= FRAME_MAX_SIZE);
	frames_build(again, &f);
	assert_memory_equal(again, data, f.size);
}

static void fuzz_frames(void **state)
{
	struct frame f = { .dst = { 2, 1 }, .src = { 2, 2 }, .direction = FRAME_REQUEST };
	uint8_t small[FRAME_MIN_SIZE], large[FRAME_MAX_SIZE];
	struct fuzz_target t = {
		.seeds = { { small, sizeof(small) }, { large, sizeof(large) } },
		.words = { "VFPF", "\x88\xb5", "\x01", "\x02" },
		.rounds = 20000,
		.run = run_frames,
	};

	(void)state;
	f.session = 4;
	f.size = sizeof(small);
	frames_build(small, &f);
	f.direction = FRAME_ANSWER;
	f.seq = 77;
	f.size = sizeof(large);
	frames_build(large, &f);
	fuzz_run(&t);
}

/* What a stream of messages comes to: the same however it is cut into reads. */
struct outcome {
	ssize_t error;
	uint64_t sum;
	unsigned int n;
};

static uint64_t sum_bytes(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len-- > 0)
		sum = (sum ^ *p++) * 0x100000001b3u;
	return sum;
}

static size_t next_part(struct fuzz_random *r, size_t at_most, size_t left)
{
	size_t part = 1 + fuzz_below(r, at_most);

	return part < left ? part : left;
}

static struct outcome take_messages(const uint8_t *data, size_t len, size_t at_most,
				    struct fuzz_random *r)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	struct outcome o = { 0 };

	assert_non_null(ch);
	while (len > 0 && o.error == 0) {
		size_t part = next_part(r, at_most, len);
		_cleanup_free_ uint8_t *exact = malloc(part);
		struct agent_header hdr;
		const void *payload;
		ssize_t n;

		assert_non_null(exact);
		memcpy(exact, data, part);
		assert_true(channel_wanted(ch) > 0 && channel_wanted(ch) <= sizeof(ch->buf));
		n = channel_feed(ch, exact, part);
		assert_true(ch->len <= sizeof(ch->buf));
		assert_true(n == -EPROTO || (n > 0 && n <= (ssize_t)part));
		if (n < 0) {
			o.error = n;
			break;
		}
		data += n;
		len -= (size_t)n;
		if (channel_next(ch, &hdr, &payload)) {
			assert_true(hdr.len <= AGENT_MAX_PAYLOAD);
			o.sum = sum_bytes(sum_bytes(o.sum, &hdr, sizeof(hdr)), payload, hdr.len);
			o.n++;
		}
	}
	free(ch);
	return o;
}

static void run_channel(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			void *arg)
{
	struct outcome a = take_messages(data, len, 1, r);
	struct outcome b = take_messages(data, len, len + 1, r);

	(void)arg;
	assert_int_equal(a.error, b.error);
	assert_int_equal(a.n, b.n);
	assert_int_equal(a.sum, b.sum);
	assert_true(!seed || (a.n == 3 && a.error == 0));
}

static void fuzz_agent_channel(void **state)
{
	struct agent_hello hello = { .version = AGENT_VERSION, .kernel = "6.12" };
	uint8_t msgs[512];
	size_t len = channel_format(msgs, AGENT_HELLO, 0, 0, &hello, sizeof(hello));
	struct fuzz_target t = {
		.words = { "VFPA\x01", "\x07", "\x20" },
		.rounds = 5000,
		.run = run_channel,
	};

	(void)state;
	len += channel_format(msgs + len, AGENT_POWEROFF, 1, 0, NULL, 0);
	len += channel_format(msgs + len, AGENT_KLOG, 2, -ENOENT, "<3>oops\n", 8);
	t.seeds[0] = (struct fuzz_seed){ msgs, len };
	fuzz_run(&t);
}

static struct outcome take_lines(const uint8_t *data, size_t len, size_t at_most,
				 struct fuzz_random *r)
{
	struct outcome o = { 0 };
	struct qmp q = { 0 };
	json_t *msg;

	while (len > 0 && o.error == 0) {
		size_t part = next_part(r, at_most, len);
		_cleanup_free_ uint8_t *exact = malloc(part);

		assert_non_null(exact);
		memcpy(exact, data, part);
		o.error = qmp_feed(&q, exact, part);
		assert_true(o.error == 0 || o.error == -EPROTO);
		assert_true(q.n_events <= QMP_MAX_EVENTS && q.len <= QMP_MAX_LINE);
		data += part;
		len -= part;
	}
	o.n = q.greeted + 2 * q.n_events;
	while ((msg = qmp_take_event(&q, "SHUTDOWN", NULL))) {
		o.n += 1000;
		json_decref(msg);
	}
	msg = qmp_take_reply(&q, 3);
	o.sum = msg ? (qmp_reply_error(msg) ? 2 : 1) : 0;
	json_decref(msg);
	qmp_free(&q);
	return o;
}

static void run_qmp(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct outcome a = take_lines(data, len, 1, r);
	struct outcome b = take_lines(data, len, len + 1, r);

	(void)arg;
	assert_int_equal(a.error, b.error);
	assert_int_equal(a.n, b.n);
	assert_int_equal(a.sum, b.sum);
	assert_true(!seed || (a.error == 0 && a.n == 1 + 2 + 1000));
}

static void fuzz_qmp(void **state)
{
	static const char good[] = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
				   "{\"return\": {\"a\": [1, 2.5, null]}, \"id\": 3}\r\n"
				   "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"x\"}}\n";
	static const char bad[] = "{\"QMP\": 1}\n{\"event\": \"SHUTDOWN\"}\n"
				  "{\"id\": 3, \"error\": {\"class\": \"C\", \"desc\": \"d\"}}\n";
	struct fuzz_target t = {
		.seeds = { { good, sizeof(good) - 1 }, { bad, sizeof(bad) - 1 } },
		.words = { "{", "}", "[", "]", "\"", "\n", "\\u0000", "\\ud800", "\"id\": 3",
			   "\"event\"", "\"error\"", "\"desc\"", "\"return\"", "null" },
		.rounds = 8000,
		.run = run_qmp,
	};

	(void)state;
	fuzz_run(&t);
}

/* A guest with one netdev and one PCI device; modules "are loaded" into a list. */
static void setup_agent(struct agent *a, const struct fake_sysroot *fs)
{
	a->root = fs->root;
	a->port = -1;
	fake_file(fs, "dev/kmsg", "3,1,2,-;igbvf: an error\n4,2,3,-;a warning\n");
	fake_file(fs, "sys/class/net/fuzz0/address", "02:76:66:00:00:01\n");
	fake_file(fs, "sys/class/net/fuzz0/flags", "0x1003\n");
	fake_dir(fs, "sys/class/net/fuzz0/device");
}

static void run_requests(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			 void *arg)
{
	struct agent *a = arg;
	_cleanup_free_ uint8_t *reply = malloc(AGENT_MAX_PAYLOAD), *payload = NULL;
	struct agent_header req;
	int32_t status = 1;
	uint32_t n;

	(void)seed;
	(void)r;
	assert_non_null(reply);
	if (len < sizeof(req))
		return;
	/* As channel_next() hands it out. */
	memcpy(&req, data, sizeof(req));
	req.len = (uint32_t)(len - sizeof(req));
	payload = malloc(req.len + !req.len);
	assert_non_null(payload);
	memcpy(payload, data + sizeof(req), req.len);
	if (req.len > AGENT_MAX_PAYLOAD)
		return;
	n = agent_handle(a, &req, payload, reply, &status);
	assert_true(n <= AGENT_MAX_PAYLOAD && status <= 0);
	assert_true(status == 0 || n == 0);
	assert_true(status < 0 || req.type != AGENT_NETDEVS || req.len > 0 ||
		    n == sizeof(struct agent_drivers) + sizeof(struct agent_netdev));
	a->end = AGENT_GOES_ON;
}

static struct fuzz_seed seed_of(uint8_t *msg, unsigned int type, const void *payload, size_t len)
{
	return (struct fuzz_seed){ msg, channel_format(msg, (enum agent_type)type, 1, 0, payload,
						       (uint32_t)len) };
}

static void fuzz_agent_requests(void **state)
{
	const struct fake_sysroot *fs = *state;
	struct agent_link link = { .ifname = "fuzz0" };
	struct agent_echo echo = { .ifname = "fuzz0", .session = 2 };
	struct agent_exchange exchange = { .ifname = "fuzz0", .session = 2, .count = 8 };
	struct agent_klog_request klog = { .from = 1 };
	struct agent_config config = {
		.ifname = "fuzz0", .link = "fuzz1", .op = CONFIG_JOIN, .value = 2
	};
	struct agent_module module = { .name = "8021q" };
	struct agent_driver driver = { .pci = "0000:01:00.0" };
	struct agent_flow_open flow_open = { .ifname = "fuzz0", .base = 16 };
	struct agent_flow flow = { .ifname = "fuzz0", .flow = { .session = 16, .count = 2 } };
	struct agent *a = calloc(1, sizeof(*a));
	struct agent_restart restart = { .how = AGENT_REBOOTS };
	struct agent_stray_dev dev = { .pci = "0000:03:00.0" };
	struct agent_stray_send stray = { .size = 60, .write_head = 1, .head_to = 4096 };
	uint8_t msgs[16][512];
	struct fuzz_target t = {
		.words = { "fuzz0", "..", "/", "\x02", "\x03", "\x04", "\x05", "\x06" },
		.rounds = 6000,
		.run = run_requests,
		.arg = a,
	};

	/* No netdev of this machine may be in reach. */
	if (!fake_netns())
		skip();
	setup_agent(a, fs);
	t.seeds[0] = (struct fuzz_seed){ msgs[0],
					 channel_format(msgs[0], AGENT_NETDEVS, 1, 0, NULL, 0) };
	t.seeds[1] = (struct fuzz_seed){ msgs[1], channel_format(msgs[1], AGENT_LINK_UP, 1, 0,
								 &link, sizeof(link)) };
	t.seeds[2] = (struct fuzz_seed){ msgs[2], channel_format(msgs[2], AGENT_ECHO_START, 1, 0,
								 &echo, sizeof(echo)) };
	t.seeds[3] = (struct fuzz_seed){ msgs[3], channel_format(msgs[3], AGENT_KLOG, 1, 0, &klog,
								 sizeof(klog)) };
	t.seeds[4] = (struct fuzz_seed){ msgs[4], channel_format(msgs[4], AGENT_EXCHANGE, 1, 0,
								 &exchange, sizeof(exchange)) };
	t.seeds[5] = seed_of(msgs[5], AGENT_CONFIG, &config, sizeof(config));
	t.seeds[6] = seed_of(msgs[6], AGENT_MODULE, &module, sizeof(module));
	t.seeds[7] = seed_of(msgs[7], AGENT_DRIVER, &driver, sizeof(driver));
	t.seeds[8] = seed_of(msgs[8], AGENT_FLOW_OPEN, &flow_open, sizeof(flow_open));
	t.seeds[9] = seed_of(msgs[9], AGENT_FLOW_SEND, &flow, sizeof(flow));
	t.seeds[10] = seed_of(msgs[10], AGENT_RESTART, &restart, sizeof(restart));
	t.seeds[11] = seed_of(msgs[11], AGENT_IOMMU, &link, sizeof(link));
	t.seeds[12] = seed_of(msgs[12], AGENT_STRAY_TAKE, &dev, sizeof(dev));
	t.seeds[13] = seed_of(msgs[13], AGENT_STRAY_SEND, &stray, sizeof(stray));
	t.seeds[14] = seed_of(msgs[14], AGENT_STRAY_CONFIG, &dev, sizeof(dev));
	t.seeds[15] = seed_of(msgs[15], AGENT_STRAY_GIVE, &dev, sizeof(dev));
	fuzz_run(&t);
	free(a);
}

static int count_insert(const struct sysroot *root, const char *name)
{
	(void)root;
	assert_true(strlen(name) > 0 && strlen(name) < AGENT_MODULE_NAME);
	return 0; /* a failure would be printed each time */
}

static void run_modules(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			void *arg)
{
	const struct fake_sysroot *fs = arg;
	struct agent_modules *m = calloc(1, sizeof(*m));
	const char *text = (const char *)data;
	const char *half = strstr(text, "\n\n");
	size_t cut = half ? (size_t)(half - text) : strlen(text);
	unsigned int i, j;

	(void)len;
	assert_non_null(m);
	m->root = &fs->root;
	m->insert = count_insert;
	m->deps = strndup(text, cut);
	m->aliases = strdup(text + cut);
	/* Writing a file takes longer than all the rest. */
	if (fuzz_below(r, 8) == 0)
		fake_bytes(fs, "sys/bus/pci/devices/0000:02:00.0/modalias", data, len);
	agent_modules_probe(m);
	agent_modules_probe(m);
	assert_true(m->n_tried <= AGENT_MAX_MODULES && m->n_done <= AGENT_MAX_MODALIASES);
	for (i = 0; i < m->n_tried; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(m->tried[i], m->tried[j]);
	assert_true(!seed || m->n_tried == 4);
	agent_modules_free(m);
	free(m);
}

static void fuzz_agent_modules(void **state)
{
	static const char text[] = "failover:\nnet_failover: failover\nigbvf:\nbroken:\n"
				   "virtio_net: failover net_failover\n\n"
				   "pci:v00008086d000010CAsv*sd*bc*sc*i* igbvf\n"
				   "pci:v*d*sv*sd*bc02sc00i* broken\n"
				   "virtio:d00000001v* virtio_net\n";
	struct fuzz_target t = {
		.seeds = { { text, sizeof(text) - 1 } },
		.words = { "*", "[", "]", "[!", "\\", ":", " ", "\n", "\n\n", "igbvf", "failover" },
		.rounds = 8000,
		.text = true,
		.run = run_modules,
		.arg = *state,
	};
	const struct fake_sysroot *fs = *state;

	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/modalias",
		  "pci:v00008086d000010CAsv00001AF4sd00001100bc02sc01i00\n");
	fake_file(fs, "sys/bus/virtio/devices/virtio0/modalias", "virtio:d00000002v00001AF4\n");
	fake_file(fs, "sys/bus/virtio/devices/virtio1/modalias", "virtio:d00000001v00001AF4\n");
	fuzz_run(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fuzz_frames),
		cmocka_unit_test(fuzz_agent_channel),
		cmocka_unit_test(fuzz_qmp),
		cmocka_unit_test_setup_teardown(fuzz_agent_requests, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(fuzz_agent_modules, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
