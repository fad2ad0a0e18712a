/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending reports to real servers (tests/tools/sink-server) in a network namespace of the test's
 * own.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "run/run.h"
#include "model/settings.h"
#include "fake_sysroot.h"
#include "report/report.h"
#include "report/sink.h"
#include "journal/store.h"
#include "sys/link.h"

#define SERVER "tests/tools/sink-server"
#define START_MS 20000

struct server {
	const struct core_fake *fake;
	const char *name; /* its folder in the fake */
	char path[128];
	pid_t pid;
	unsigned int port;
};

/* The file that is sent; it is in the fake. */
static struct sink_file make_file(const struct core_fake *f)
{
	core_fake_write(f, "report.json", "{\"a\": 1}\n");
	return (struct sink_file){ "report.json", "application/json", f->root.fd };
}

/* Runs a program to its end. */
static void run(const char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s %s: status %d", argv[0], argv[1], status);
}

static bool has_port(void *arg)
{
	struct server *s = arg;
	char name[64];
	uint64_t port;

	util_format(name, sizeof(name), "%s/port", s->name);
	if (sysroot_read_u64(&s->fake->root, &port, "%s", name) < 0)
		return false;
	s->port = (unsigned int)port;
	return true;
}

/* @cert: the file names of certificate and key, without their suffixes; NULL: none. */
static void start(struct server *s, const struct core_fake *f, const char *kind, const char *name,
		  const char *cert)
{
	char crt[128], key[128], answers[64];

	*s = (struct server){ .fake = f, .name = name };
	util_format(s->path, sizeof(s->path), "%s/%s", f->path, name);
	util_format(crt, sizeof(crt), "%s/%s.crt", f->path, cert ? cert : "");
	util_format(key, sizeof(key), "%s/%s.key", f->path, cert ? cert : "");
	util_format(answers, sizeof(answers), "%s/answers", name);
	core_fake_write(f, answers, "");
	s->pid = fork();
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(SERVER, SERVER, kind, s->path, cert ? crt : NULL, key, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(util_poll_until(has_port, s, START_MS), 0);
}

static void stop(struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
}

static void answers(const struct server *s, const char *text)
{
	char name[64];

	util_format(name, sizeof(name), "%s/answers", s->name);
	core_fake_write(s->fake, name, text);
}

/* The last line of the server's log; caller frees. */
static char *last_line(const struct server *s)
{
	char name[64], *text, *line;

	util_format(name, sizeof(name), "%s/log", s->name);
	text = core_fake_read(s->fake, name);
	assert_non_null(text);
	line = strrchr(text, '\n');
	if (line)
		memmove(text, line + 1, strlen(line));
	return text;
}

static void assert_log(const struct server *s, const char *line)
{
	_cleanup_free_ char *last = last_line(s);

	assert_string_equal(last, line);
}

static void assert_got(const struct server *s, const char *what)
{
	char name[128];

	util_format(name, sizeof(name), "%s/got/%s", s->name, what);
	core_assert_file(s->fake, name, "{\"a\": 1}");
}

/* One attempt; "%u" of @format is the port. */
static int upload(const struct core_fake *f, const struct server *s, const char *scheme,
		  const char *rest, const char *auth, bool post, char *why, size_t size)
{
	const struct sink_file file = make_file(f);
	struct settings settings;
	struct sink_ca ca;
	char value[256];
	int ret;

	settings_init(&settings);
	util_format(value, sizeof(value), "%s127.0.0.1:%u%s", scheme, s->port, rest);
	assert_int_equal(sink_settings_parse(&settings.sinks, value), 0);
	if (auth)
		util_strlcpy(settings.sinks.auth, sizeof(settings.sinks.auth), auth);
	settings.sinks.post = post;
	assert_int_equal(sink_load_ca(&ca, &f->root, -1), 0);
	ret = sink_upload(&settings.sinks.list[0], &settings.sinks, &ca, "SN-1", &file, why, size);
	free(ca.pem);
	return ret;
}

static void http(void **state)
{
	struct core_fake *f = *state;
	struct server s;
	char why[120];

	start(&s, f, "http", "http", NULL);
	assert_int_equal(upload(f, &s, "http://", "/up", NULL, false, why, sizeof(why)), 0);
	assert_log(&s, "PUT /up/SN-1-report.json 201 -");
	assert_got(&s, "up_SN-1-report.json");
	assert_int_equal(upload(f, &s, "http://", "/q/?k=v", NULL, false, why, sizeof(why)), 0);
	assert_log(&s, "PUT /q/SN-1-report.json?k=v 201 -");
	assert_int_equal(upload(f, &s, "http://", "", NULL, false, why, sizeof(why)), 0);
	assert_log(&s, "PUT /SN-1-report.json 201 -");
	assert_int_equal(upload(f, &s, "http://", "/post", NULL, true, why, sizeof(why)), 0);
	assert_log(&s, "POST /post 201 -");
	assert_got(&s, "post");
	/* The password in the URL is used; the other one is not for everybody to read. */
	assert_int_equal(
		upload(f, &s, "http://me:pw@", "/", "you:hunter2", false, why, sizeof(why)), 0);
	assert_log(&s, "PUT /SN-1-report.json 201 Basic bWU6cHc=");
	assert_int_equal(upload(f, &s, "http://", "/", "you:hunter2", false, why, sizeof(why)), 0);
	assert_log(&s, "PUT /SN-1-report.json 201 -");
	stop(&s);
}

static void refusals(void **state)
{
	static const struct {
		const char *status;
		int ret;
	} cases[] = { { "404", -EIO },	  { "401", -EIO },    { "302", -EIO },	 { "501", -EIO },
		      { "503", -EAGAIN }, { "429", -EAGAIN }, { "500", -EAGAIN } };
	struct core_fake *f = *state;
	struct server s;
	char why[120];
	size_t i;

	start(&s, f, "http", "http", NULL);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		answers(&s, cases[i].status);
		assert_int_equal(upload(f, &s, "http://", "/", NULL, false, why, sizeof(why)),
				 cases[i].ret);
		assert_non_null(strstr(why, cases[i].status));
	}
	/* A redirection leads nowhere. */
	answers(&s, "302\n201");
	assert_int_equal(upload(f, &s, "http://", "/", NULL, false, why, sizeof(why)), -EIO);
	assert_log(&s, "PUT /SN-1-report.json 302 -");
	stop(&s);
	assert_int_equal(upload(f, &s, "http://", "/", NULL, false, why, sizeof(why)), -EAGAIN);
}

/* An authority, and a certificate of it for @san; "own" is nobody's. */
static void make_certificates(const struct core_fake *f)
{
	char ca_key[128], ca_crt[128], key[128], crt[128], lab[128];
	static const char *const servers[][2] = { { "good", "subjectAltName=IP:127.0.0.1" },
						  { "other", "subjectAltName=DNS:other.example" } };
	size_t i;

	util_format(ca_key, sizeof(ca_key), "%s/ca.key", f->path);
	util_format(ca_crt, sizeof(ca_crt), "%s/ca.crt", f->path);
	run((const char *const[]){ "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
				   "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
				   "/CN=lab", "-keyout", ca_key, "-out", ca_crt, NULL });
	for (i = 0; i < ARRAY_SIZE(servers); i++) {
		util_format(key, sizeof(key), "%s/%s.key", f->path, servers[i][0]);
		util_format(crt, sizeof(crt), "%s/%s.crt", f->path, servers[i][0]);
		run((const char *const[]){ "openssl",
					   "req",
					   "-x509",
					   "-newkey",
					   "ec",
					   "-pkeyopt",
					   "ec_paramgen_curve:P-256",
					   "-nodes",
					   "-days",
					   "2",
					   "-subj",
					   "/CN=server",
					   "-addext",
					   servers[i][1],
					   "-addext",
					   "basicConstraints=CA:FALSE",
					   "-CA",
					   ca_crt,
					   "-CAkey",
					   ca_key,
					   "-keyout",
					   key,
					   "-out",
					   crt,
					   NULL });
	}
	core_fake_write(f, OVERLAY_RUN "/x", "");
	util_format(lab, sizeof(lab), "%s/" SINK_CA_LAB, f->path);
	run((const char *const[]){ "cp", ca_crt, lab, NULL });
}

static void https(void **state)
{
	struct core_fake *f = *state;
	struct server s, other;
	char why[120];

	make_certificates(f);
	start(&s, f, "https", "good", "good");
	start(&other, f, "https", "other", "other");
	if (upload(f, &s, "https://", "/", "me:hunter2", false, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	assert_log(&s, "PUT /SN-1-report.json 201 Basic bWU6aHVudGVyMg==");
	assert_got(&s, "SN-1-report.json");
	assert_int_equal(upload(f, &s, "https://", "/p", "bearer:abc", true, why, sizeof(why)), 0);
	assert_log(&s, "POST /p 201 Bearer abc");
	/* Another name, and nobody's certificate: nothing is sent, and there is no second try. */
	assert_int_equal(upload(f, &other, "https://", "/", NULL, false, why, sizeof(why)), -EIO);
	if (!strstr(why, "certificate is not valid"))
		fail_msg("%s", why);
	assert_int_equal(unlinkat(f->root.fd, SINK_CA_LAB, 0), 0);
	assert_int_equal(upload(f, &s, "https://", "/", NULL, false, why, sizeof(why)), -EIO);
	assert_log(&s, "POST /p 201 Bearer abc");
	stop(&s);
	stop(&other);
}

static void tftp(void **state)
{
	struct core_fake *f = *state;
	struct server s;
	char why[120];

	start(&s, f, "tftp", "tftp", NULL);
	if (upload(f, &s, "tftp://", "/in", NULL, false, why, sizeof(why)) != 0)
		fail_msg("%s", why);
	assert_log(&s, "WRQ in/SN-1-report.json");
	assert_got(&s, "in_SN-1-report.json");
	stop(&s);
}

static void dir(void **state)
{
	struct core_fake *f = *state;
	const struct sink_file file = make_file(f);

	assert_int_equal(sink_write_dir(-1, "x", "SN-1", &file, 1), -ENODEV);
	assert_int_equal(sink_write_dir(f->root.fd, "x", "SN-1", &file, 1), 0);
	core_assert_file(f, "x/SN-1/report.json", "{\"a\": 1}");
	/* No way out of the stick. */
	core_fake_symlink(f, "/tmp", "link");
	assert_true(sink_write_dir(f->root.fd, "link", "SN-1", &file, 1) < 0);
}

static void allowed(void **state)
{
	static const char *const good[] = { "http://h", "https://u:p@h:1/x?y", "tftp://10.0.0.1/a",
					    "dir:lab", "dir:a,http://h/,tftp://h" };
	static const char *const bad[] = { "",
					   "h",
					   "ftp://h",
					   "file:///etc",
					   "http://",
					   "dir:",
					   "dir:..",
					   "dir:a/b",
					   "http:///x",
					   "http://a b",
					   "dir:a,",
					   "http://h\n",
					   "dir:a,dir:b,dir:c,dir:d,dir:e" };
	struct settings s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		settings_init(&s);
		if (sink_settings_parse(&s.sinks, good[i]) < 0)
			fail_msg("%s", good[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		settings_init(&s);
		if (sink_settings_parse(&s.sinks, bad[i]) == 0)
			fail_msg("%s", bad[i]);
	}
}

/* A run whose report is sent: the second server is away for a while, the third for good. */
static void whole_run(void **state)
{
	struct core_fake *f = *state;
	struct server s;
	char cmdline[400];
	_cleanup_free_ char *console = NULL, *text = NULL, *names = NULL;
	json_t *report;

	start(&s, f, "http", "http", NULL);
	answers(&s, "503\n503");
	assert_int_equal(unlinkat(f->root.fd, "proc", 0), 0);
	util_format(
		cmdline, sizeof(cmdline),
		"vfproof.stick_wait_s=0 vfproof.cases=no_such_case "
		"vfproof.sink=http://me:hunter2@127.0.0.1:%u/a,https://me:hunter2@127.0.0.1:%u/,"
		"dir:x\n",
		s.port, s.port);
	core_fake_write(f, "proc/cmdline", cmdline);
	assert_int_equal(run_main(f->path), 2); /* as without sinks */
	stop(&s);
	text = core_fake_read(f, STORE_MEMORY "/report.txt");
	assert_non_null(strstr(text, "the report was sent to http://***@127.0.0.1:"));
	assert_non_null(strstr(text, "the report was NOT sent to https://***@127.0.0.1:"));
	assert_non_null(strstr(text, "the report was NOT sent to dir:x: there is no stick"));
	console = core_fake_read(f, "dev/ttyS0");
	assert_non_null(strstr(console, "(attempt 2 of 5): the server answers 503"));
	assert_non_null(strstr(console, "the report was NOT sent to https://***@"));
	assert_null(strstr(console, "hunter2"));
	assert_null(strstr(text, "hunter2"));
	names = core_fake_read(f, "http/log");
	assert_non_null(strstr(names, "-report.json 201 Basic "));
	assert_non_null(strstr(names, "-report.txt 201 Basic "));
	assert_non_null(strstr(names, "-journal.jsonl 201 Basic "));
	util_format(cmdline, sizeof(cmdline), "%s/" STORE_MEMORY "/report.json", f->path);
	report = report_load(cmdline);
	assert_int_equal(json_array_size(json_object_get(report, "notes")) >= 3, 1);
	json_decref(report);
}

static int setup(void **state)
{
	(void)state;
	if (!fake_netns())
		return 0; /* the tests use the network as it is */
	return link_set_up("lo", true);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_fake(http),	   test_with_fake(refusals), test_with_fake(https),
		test_with_fake(tftp),	   test_with_fake(dir),	     cmocka_unit_test(allowed),
		test_with_fake(whole_run),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
