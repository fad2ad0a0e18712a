/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passwords and tokens are nowhere to be seen: not in the settings as they are shown, not in the
 * inventory, and in no file and no line of a whole run.
 */
#include "core_fake.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include "run/run.h"
#include "base/secret.h"
#include "model/settings.h"
#include "fuzz.h"
#include "journal/store.h"

#define SECRET "hunter2"

static const char *const texts[][2] = {
	{ "quiet intel_iommu=on", "quiet intel_iommu=on" },
	{ "vfproof.sink_auth=me:hunter2 quiet", "vfproof.sink_auth=*** quiet" },
	{ "vfproof.sink-auth=bearer:hunter2", "vfproof.sink-auth=***" },
	{ "vfproof.sink_auth=\"me:hunter2 hunter2\" a", "vfproof.sink_auth=\"***\" a" },
	{ "\"vfproof.sink_auth=me:hunter2 hunter2\" a", "\"vfproof.sink_auth=***\" a" },
	{ "vfproof.sink_auth=\"hunter2 hunter2", "vfproof.sink_auth=\"***" },
	{ "vfproof.sink_auht=x my_PASSWORD=hunter2", "vfproof.sink_auht=x my_PASSWORD=***" },
	{ "api.token=hunter2=hunter2", "api.token=***" },
	{ "vfproof.sink=https://me:hunter2@h/x?t=hunter2", "vfproof.sink=https://***@h/x?***" },
	{ "vfproof.sink=https://hunter2@h", "vfproof.sink=https://***@h" },
	{ "vfproof.sink=http://h/a,https://a:hunter2@h/,tftp://h/,dir:x",
	  "vfproof.sink=http://h/a,https://***@h/,tftp://h/,dir:x" },
	{ "vfproof.sink=https://a:hunter2,hunter2@h/", "vfproof.sink=https://***@h/" },
	{ "vfproof.sink=https://a:hunter2/hunter2@h/", "vfproof.sink=https://***@h/" },
	{ "vfproof.sink=https://a:hunter2@hunter2@h/", "vfproof.sink=https://***@h/" },
	{ "vfproof.sink=a:hunter2@h/", "vfproof.sink=***@h/" },
	{ "vfproof.sink=\"https://a:hunter2 hunter2@h/\"", "vfproof.sink=\"https://***@h/\"" },
	{ "url=ftp://a:hunter2@h/ root=/dev/x@y", "url=ftp://***@h/ root=/dev/x@y" },
	{ "https://a:hunter2@h/ is wrong", "https://***@h/ is wrong" },
	{ "bmc_pass=hunter2 root-pw=hunter2", "bmc_pass=*** root-pw=***" },
	{ "wpa_psk=hunter2 wifi.psk=hunter2 WPAPSK=hunter2",
	  "wpa_psk=*** wifi.psk=*** WPAPSK=***" },
	{ "rootpw=hunter2 userpass=hunter2 pass=hunter2", "rootpw=*** userpass=*** pass=***" },
	{ "ipmi.pw.admin=hunter2 adminPwd=hunter2", "ipmi.pw.admin=*** adminPwd=***" },
	{ "wg_key=hunter2 ssh-key-x=hunter2 sim.pin=hunter2",
	  "wg_key=*** ssh-key-x=*** sim.pin=***" },
	{ "\"my pass=hunter2\" bmc_pass=\"hunter2 hunter2\"", "\"my pass=***\" bmc_pass=\"***\"" },
	{ "keyboard=us mapping=1 hwpwm=2 passive=1 pwm.x=1 pinctrl=a",
	  "keyboard=us mapping=1 hwpwm=2 passive=1 pwm.x=1 pinctrl=a" },
	{ "iommu.passthrough=1 iommu=pt", "iommu.passthrough=1 iommu=pt" },
	{ "BOOT_IMAGE=http://h/vmlinuz  a", "BOOT_IMAGE=http://h/vmlinuz  a" },
	{ "a= =b = \"\" \"", "a= =b = \"\" \"" },
	{ "sink_auth=", "sink_auth=" },
	{ "", "" },
};

static void hides(void **state)
{
	size_t i;
	char text[256];

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		util_strlcpy(text, sizeof(text), texts[i][0]);
		secret_hide(text, sizeof(text));
		if (strcmp(text, texts[i][1]) != 0)
			fail_msg("%s: %s", texts[i][0], text);
	}
	/* Longer than before, and cut at the buffer's end. */
	util_strlcpy(text, 12, "x://a@b/cdef");
	secret_hide(text, 12);
	assert_string_equal(text, "x://***@b/c");
}

/* Every setting, right or wrong, on the command line and in vfproof.conf. */
static void settings(void **state)
{
	static const char *const cmdlines[] = {
		"vfproof.sink=https://me:hunter2@h/ vfproof.sink_auth=me:hunter2",
		"vfproof.sink_auth=hunter2 vfproof.sink=hunter2@h",
		"vfproof.sink=ftp://me:hunter2hunter2hunter2hunter2hunter2hunter2@h/",
		"vfproof.sink_auth=bearer:hunter2 vfproof.mgmt=https://me:hunter2@h",
		"vfproof.finish=https://a:hunter2@h vfproof.https://a:hunter2@h",
		"vfproof.sink_atuh_token=hunter2 vfproof.sink_auth",
		"vfproof.sink=dir:x,https://a:hunter2@h/p?hunter2,x",
	};
	static const char *const confs[] = {
		"sink = https://me:hunter2@h/\nsink_auth = me:hunter2\n",
		"sink_auth: hunter2\nhttps://me:hunter2@h\n",
		"sink = https://me:hunter2@h/,x\n",
		"[sink_auth]\nsink_auth = hunter2\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cmdlines) + ARRAY_SIZE(confs); i++) {
		const bool conf = i >= ARRAY_SIZE(cmdlines);
		const char *text = conf ? confs[i - ARRAY_SIZE(cmdlines)] : cmdlines[i];
		_cleanup_free_ char *shown = NULL;
		struct settings s;
		json_t *json;

		settings_init(&s);
		if (conf)
			settings_parse_conf(&s, text, strlen(text));
		else
			settings_parse_cmdline(&s, text);
		json = settings_to_json(&s);
		shown = json_dumps(json, 0);
		json_decref(json);
		if (strstr(shown, SECRET))
			fail_msg("%s: %s", text, shown);
	}
}

static int assert_clean(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	(void)st;
	if (type != FTW_F || strstr(path + ftw->base, "cmdline") || strstr(path, "vfproof.conf") ||
	    util_read_file(AT_FDCWD, path, 1 << 24, &text, &len) < 0)
		return 0;
	if (memmem(text, len, SECRET, strlen(SECRET)))
		fail_msg("%s: %s", path, text);
	return 0;
}

/* Of a whole run: report.json, report.txt, journal.jsonl, and what was said on the console. */
static void whole_run(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *report = NULL, *console = NULL;

	core_fake_cmdline(
		f, "vfproof.stick_wait_s=0 vfproof.cases=host_iommu_cmdline vfproof.log=verbose "
		   "vfproof.sink=dir:x vfproof.sink_auth=me:hunter2 vfproof.sink-auth=hunter2 "
		   "\"vfproof.sink_auth=hunter2 hunter2\" x=https://me:hunter2@h/?hunter2\n");
	assert_int_equal(run_main(f->path), 2);
	report = core_fake_read(f, STORE_MEMORY "/report.txt");
	assert_non_null(strstr(report, "vfproof.sink_auth=***"));
	assert_non_null(strstr(report, "https://***@h/?***"));
	assert_non_null(strstr(report, "evidence    cmdline = "));
	assert_non_null(strstr(report, "NOT sent to dir:x"));
	console = core_fake_read(f, "dev/ttyS0");
	assert_non_null(strstr(console, "vfproof.sink_auth=***"));
	assert_int_equal(nftw(f->path, assert_clean, 8, FTW_PHYS), 0);
}

/*
 * What hardware says of itself may look like a signal for LAVA or like the result: neither reaches
 * a console, nor a form that is made of lines, in a way that is taken for one.
 */
static void forged_marks(void **state)
{
	static const char forged[] = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=forged RESULT=pass> "
				     "VFPROOF-RESULT: QUALIFIED\n";
	static const char *const files[] = { "sys_vendor", "product_name", "product_serial",
					     "board_name", "bios_version", "bios_date" };
	struct core_fake *f = *state;
	_cleanup_free_ char *console = NULL, *text = NULL;
	unsigned int signals = 0, results = 0;
	char name[64], cmdline[600], *line;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		util_format(name, sizeof(name), "sys/class/dmi/id/%s", files[i]);
		core_fake_write(f, name, forged);
	}
	assert_int_equal(unlinkat(f->root.fd, "proc", 0), 0);
	util_format(cmdline, sizeof(cmdline),
		    "vfproof.stick_wait_s=0 vfproof.reports=all vfproof.log=verbose "
		    "vfproof.cases=host_iommu_cmdline,host_cpu_virt %0300d %s",
		    1, forged);
	core_fake_write(f, "proc/cmdline", cmdline);
	util_format(cmdline, sizeof(cmdline), "3,1,1,-;pci 0000:01:00.0: AER: %s", forged);
	core_fake_write(f, "dev/kmsg", cmdline);
	assert_int_equal(run_main(f->path), 1); /* the fake has no processor */
	text = core_fake_read(f, STORE_MEMORY "/report.txt");
	assert_non_null(strstr(text, "?LAVA_SIGNAL_TESTCASE"));
	assert_null(strstr(text, "<LAVA_"));
	assert_null(strstr(text, "VFPROOF-RESULT:"));
	console = core_fake_read(f, "dev/ttyS0");
	assert_non_null(strstr(console, "?LAVA_SIGNAL_TESTCASE"));
	for (line = strtok(console, "\n"); line; line = strtok(NULL, "\n")) {
		signals += strncmp(line, "<LAVA_", 6) == 0;
		results += strncmp(line, "VFPROOF-RESULT: NOT QUALIFIED", 29) == 0;
		if (strstr(line, "forged RESULT=pass") && strstr(line, "<LAVA_"))
			fail_msg("%s", line);
		assert_null(strstr(line + 1, "<LAVA_"));
		assert_null(strstr(line + 1, "VFPROOF-RESULT:"));
	}
	assert_true(signals >= 2);
	assert_int_equal(results, 1);
}

static void run_fuzz(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	size_t size = strlen((const char *)data) + 1 + fuzz_below(r, 40);
	_cleanup_free_ char *text = malloc(size);
	char shown[40];

	(void)seed;
	(void)arg;
	(void)len;
	util_strlcpy(text, size, (const char *)data);
	secret_hide(text, size);
	assert_true(strlen(text) < size);
	secret_hide_value("sink", (const char *)data, shown, 1 + fuzz_below(r, sizeof(shown)));
}

static void fuzz_secret(void **state)
{
	struct fuzz_target t = {
		.words = { "\"", "=", "@", "://", ",", "?", " ", "auth", "dir:", "sink",
			   "http://" },
		.rounds = 4000,
		.text = true,
		.run = run_fuzz,
	};
	size_t i;

	(void)state;
	for (i = 0; i < FUZZ_MAX_SEEDS - 1 && i + 8 < ARRAY_SIZE(texts); i++)
		t.seeds[i] = (struct fuzz_seed){ texts[i + 8][0], strlen(texts[i + 8][0]) };
	fuzz_run(&t);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hides),       cmocka_unit_test(settings),
		test_with_fake(whole_run),     test_with_fake(forged_marks),
		cmocka_unit_test(fuzz_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
