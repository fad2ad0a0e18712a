/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runner's command line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "model/advice.h"
#include "model/catalogue.h"
#include "base/log.h"
#include "journal/hollow.h"
#include "cases/registry.h"
#include "run/end.h"
#include "run/keep.h"
#include "run/measure.h"
#include "run/run.h"
#include "run/say.h"
#include "report/certify.h"
#include "report/diff.h"
#include "report/fleet.h"
#include "report/forms.h"
#include "report/readiness.h"
#include "report/report.h"
#include "report/verify_main.h"
#include "screen/screen.h"
#include "sys/identify.h"
#include "sys/module.h"
#include "sys/inventory.h"
#include "base/sysroot.h"
#include "version.h"

#define EXIT_USAGE 3

static int usage(FILE *f)
{
	fputs("usage: vfproof run [--root DIR]\n"
	      "       vfproof screen [--root DIR]\n"
	      "       vfproof say [TEXT]\n"
	      "       vfproof keep [SECONDS]\n"
	      "       vfproof measure\n"
	      "       vfproof end poweroff|reboot|hold|shell\n"
	      "       vfproof list [--json]\n"
	      "       vfproof inventory [--root DIR]\n"
	      "       vfproof identify PORT [SECONDS]\n"
	      "       vfproof report FILE [--form NAME]\n"
	      "       vfproof report --verify DIR [--key FILE.pub]\n"
	      "       vfproof certify REPORT [--form text|html] [--out DIR [--key FILE]]\n"
	      "                       [--anonymous [--salt FILE]]\n"
	      "       vfproof verify DIR [--key FILE.pub] [--report REPORT [--salt FILE]]\n"
	      "       vfproof rules\n"
	      "       vfproof diff OLD NEW [--form text|json] [--threshold PERCENT] [--strict]\n"
	      "       vfproof fleet DIR [--since DIR] [--form html|json|csv|metrics|text] "
	      "[--out DIR]\n"
	      "       vfproof mend FILE\n"
	      "       vfproof version\n"
	      "\n"
	      "run        carry out the plan on this machine and report\n"
	      "screen     show on tty1 how the run goes on, and how it ended\n"
	      "say        put lines, or standard input, on all consoles\n"
	      "keep       bring a report that is in memory alone to a stick that is put in\n"
	      "measure    compare the appliance's files with the list that it was built with\n"
	      "end        switch off or restart, whatever hangs; hold, shell: quiet the watchdog\n"
	      "list       the cases, in the order in which they run\n"
	      "inventory  this machine's IOMMU and network controllers, as JSON\n"
	      "identify   have the LED of a port blink, 15 seconds or so many; PORT is its PCI "
	      "address,\n"
	      "           interface name or MAC address\n"
	      "report     make a report from a journal.jsonl or a report.json; NAME is one of\n"
	      "           " FORM_NAMES "summary, result\n"
	      "           --verify: whether the files of a report's folder are as they were "
	      "signed\n"
	      "certify    one page of what a report, or the folder of one, has shown of the host\n"
	      "verify     what of a report's or certificate's folder was altered\n"
	      "rules      the readiness rules, as tables in Markdown\n"
	      "diff       what changed between two of them\n"
	      "fleet      what all report.json below DIR say together: fleet.html and fleet.json, "
	      "or\n"
	      "           one form on standard output\n"
	      "mend       take from the FAT in FILE what a power cut has left half made, as is "
	      "done "
	      "to\n"
	      "           the stick before it is mounted\n"
	      "\n"
	      "Exit status of run and report: 0 QUALIFIED (also WITH WAIVERS), 1 NOT QUALIFIED, 2 "
	      "INCOMPLETE,\n"
	      "3 could not run, or FILE cannot be read. Of diff: 0 nothing regressed, 1 "
	      "regressed,\n"
	      "2 cannot be compared, 3 wrong use, or a file cannot be read. Of verify and report\n"
	      "--verify: 0 as signed, 1 altered or signed otherwise, 2 not signed, 3 as above. Of\n"
	      "certify: 0 made, 1 the report is altered, or contradicts itself, 3 as above. Of\n"
	      "fleet: 0, 1 a host is worse than with --since, 2 some files are no reports, 3 as "
	      "above.\n",
	      f);
	return f == stdout ? 0 : EXIT_USAGE;
}

/* The value of option @name, @otherwise if it is absent; NULL if it is used wrongly. */
static const char *option(int argc, char **argv, int first, const char *name, const char *otherwise)
{
	if (argc == first)
		return otherwise;
	return argc == first + 2 && strcmp(argv[first], name) == 0 ? argv[first + 1] : NULL;
}

static int cmd_run(int argc, char **argv)
{
	const char *root = option(argc, argv, 2, "--root", "/");

	return root ? run_main(root) : usage(stderr);
}

static int cmd_screen(int argc, char **argv)
{
	const char *root = option(argc, argv, 2, "--root", "/");

	return root ? screen_main(root) : usage(stderr);
}

static json_t *case_to_json(const struct case_def *def)
{
	json_t *needs = json_array();
	unsigned int i;

	for (i = 0; i < CASE_MAX_NEEDS && def->needs[i]; i++)
		json_array_append_new(needs, json_string(def->needs[i]->name));
	return json_pack("{s:s, s:s, s:s, s:i, s:b, s:o}", "case", def->id, "title", def->title,
			 "subject", def->subject == SUBJECT_HOST ? "host" : "pf", "timeout_s",
			 (int)def->timeout_s, "required", !def->informative, "requires", needs);
}

static int print_json(json_t *value)
{
	int ret = value ? json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) : -1;

	putchar('\n');
	json_decref(value);
	return ret == 0 && fflush(stdout) == 0 ? 0 : EXIT_USAGE;
}

static void print_case(const struct case_def *def)
{
	size_t i;

	printf("%-20s %-4s %s", def->id, def->subject == SUBJECT_HOST ? "host" : "pf", def->title);
	for (i = 0; i < CASE_MAX_NEEDS && def->needs[i]; i++)
		printf("%s%s", i == 0 ? " (needs " : ", ", def->needs[i]->name);
	puts(i > 0 ? ")" : "");
}

static int cmd_list(int argc, char **argv)
{
	bool json = argc == 3 && strcmp(argv[2], "--json") == 0;
	json_t *array = json_array();
	const struct case_def *def;
	size_t i;

	if (argc > 2 && !json) {
		json_decref(array);
		return usage(stderr);
	}
	for (i = 0; (def = case_table_get(&registry, i)); i++)
		if (json)
			json_array_append_new(array, case_to_json(def));
		else
			print_case(def);
	if (json)
		return print_json(array);
	json_decref(array);
	return 0;
}

static int cmd_inventory(int argc, char **argv)
{
	const char *path = option(argc, argv, 2, "--root", "/");
	_cleanup_free_ struct inventory *inv = calloc(1, sizeof(*inv));
	struct sysroot root;
	int ret;

	if (!path)
		return usage(stderr);
	ret = inv ? sysroot_open(&root, path) : -ENOMEM;
	if (ret < 0) {
		log_errno(ret, "open", path);
		return EXIT_USAGE;
	}
	ret = inventory_scan(&root, inv);
	sysroot_close(&root);
	if (ret < 0) {
		log_errno(ret, "scan", path);
		return EXIT_USAGE;
	}
	return print_json(inventory_to_json(inv));
}

struct identifying {
	struct identify led;
	int result;
};

static bool has_blinked(void *arg)
{
	struct identifying *i = arg;

	return identify_poll(&i->led, &i->result);
}

/* Exit status: 0 it has blinked, 1 the driver cannot do it, 3 there is no such port. */
static int cmd_identify(int argc, char **argv)
{
	struct identifying i = { .result = -ETIMEDOUT };
	uint64_t seconds = IDENTIFY_SECONDS;
	char a[PCI_ADDR_STRLEN];
	struct pci_addr addr;
	struct sysroot root;
	int ret;

	if (argc < 3 || argc > 4 ||
	    (argc == 4 && util_parse_u64(argv[3], 10, IDENTIFY_MAX_SECONDS, &seconds) < 0) ||
	    seconds == 0)
		return usage(stderr);
	if (sysroot_open(&root, "/") < 0)
		return EXIT_USAGE;
	ret = identify_find(&root, argv[2], &addr);
	if (ret < 0) {
		fprintf(stderr, "vfproof: there is no port %s\n", argv[2]);
		sysroot_close(&root);
		return EXIT_USAGE;
	}
	pci_addr_format(&addr, a);
	ret = identify_begin(&i.led, &root, &addr, (unsigned int)seconds);
	if (ret == 0) {
		printf("%s (%s): its LED blinks for %u s\n", a, i.led.ifname,
		       (unsigned int)seconds);
		fflush(stdout);
		/* It comes to an end by itself, if only because it is ended. */
		while (util_poll_until(has_blinked, &i, IDENTIFY_MAX_SECONDS * 1000) < 0)
			;
		ret = i.result;
	}
	printf("%s: %s\n", a, identify_text(ret));
	sysroot_close(&root);
	return ret < 0;
}

static int cmd_report(int argc, char **argv)
{
	const char *name = argc > 2 ? option(argc, argv, 3, "--form", "text") : NULL;
	const struct form *form = name ? form_find(name) : NULL;
	json_t *report;
	bool unsafe;
	int status, ret;

	if (argc > 2 && strcmp(argv[2], "--verify") == 0) {
		status = verify_main(argc, argv);
		return status < 0 ? usage(stderr) : status;
	}
	if (!form)
		return usage(stderr);
	if (advice_load() < 0)
		return EXIT_USAGE;
	report = report_load(argv[2]);
	if (!report)
		return EXIT_USAGE;
	ret = form->put(stdout, report);
	status = run_verdict_exit_status(report_verdict(report, &unsafe));
	json_decref(report);
	return ret == 0 && fflush(stdout) == 0 && !ferror(stdout) ? status : EXIT_USAGE;
}

/* For the appliance's init. */
static int cmd_say(int argc, char **argv)
{
	return argc > 3 ? usage(stderr) : say_main("/", argc == 3 ? argv[2] : NULL);
}

/* The same. */
static int cmd_keep(int argc, char **argv)
{
	return argc > 3 ? usage(stderr) : keep_main("/", argc == 3 ? argv[2] : "");
}

/* For the appliance's init. */
static int cmd_end(int argc, char **argv)
{
	return argc != 3 ? usage(stderr) : end_main("/", argv[2]);
}

static int cmd_diff(int argc, char **argv)
{
	int ret = diff_main(argc, argv);

	return ret < 0 ? usage(stderr) : ret;
}

static int cmd_fleet(int argc, char **argv)
{
	int ret = fleet_main(argc, argv);

	return ret < 0 ? usage(stderr) : ret;
}

static int cmd_mend(int argc, char **argv)
{
	int ret;

	if (argc != 3)
		return usage(stderr);
	ret = hollow_mend_file(argv[2]);
	if (ret < 0) {
		log_errno(ret, "mend", argv[2]);
		return 3;
	}
	printf("mended: %d\n", ret);
	return 0;
}

static int cmd_certify(int argc, char **argv)
{
	int ret = advice_load() < 0 ? EXIT_USAGE : certify_main(argc, argv);

	return ret < 0 ? usage(stderr) : ret;
}

static int cmd_verify(int argc, char **argv)
{
	int ret = advice_load() < 0 ? EXIT_USAGE : verify_main(argc, argv);

	return ret < 0 ? usage(stderr) : ret;
}

static int cmd_rules(void)
{
	json_t *rules = rules_load();

	if (!rules)
		return EXIT_USAGE;
	rules_put_markdown(stdout, rules);
	json_decref(rules);
	return fflush(stdout) == 0 ? 0 : EXIT_USAGE;
}

/* The kernel runs /sbin/modprobe -q -- NAME for a file system or a cipher: that is this program. */
static int cmd_modprobe(int argc, char **argv)
{
	return argc > 1 && module_load(argv[argc - 1], NULL) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (argc > 0 && util_glob("*modprobe", argv[0]))
		return cmd_modprobe(argc, argv);
	if (strcmp(command, "run") == 0)
		return cmd_run(argc, argv);
	if (strcmp(command, "screen") == 0)
		return cmd_screen(argc, argv);
	if (strcmp(command, "say") == 0)
		return cmd_say(argc, argv);
	if (strcmp(command, "keep") == 0)
		return cmd_keep(argc, argv);
	if (strcmp(command, "measure") == 0)
		return argc == 2 ? measure_main("/") : usage(stderr);
	if (strcmp(command, "end") == 0)
		return cmd_end(argc, argv);
	if (strcmp(command, "list") == 0)
		return cmd_list(argc, argv);
	if (strcmp(command, "inventory") == 0)
		return cmd_inventory(argc, argv);
	if (strcmp(command, "identify") == 0)
		return cmd_identify(argc, argv);
	if (strcmp(command, "report") == 0)
		return cmd_report(argc, argv);
	if (strcmp(command, "diff") == 0)
		return cmd_diff(argc, argv);
	if (strcmp(command, "fleet") == 0)
		return cmd_fleet(argc, argv);
	if (strcmp(command, "certify") == 0)
		return cmd_certify(argc, argv);
	if (strcmp(command, "verify") == 0)
		return cmd_verify(argc, argv);
	if (strcmp(command, "rules") == 0 && argc == 2)
		return cmd_rules();
	if (strcmp(command, "mend") == 0)
		return cmd_mend(argc, argv);
	if (strcmp(command, "version") == 0 && argc == 2) {
		puts("vfproof " VFPROOF_REVISION "\nreport " REPORT_SCHEMA
		     "\ncatalogue " CATALOGUE_VERSION);
		return 0;
	}
	return usage(strcmp(command, "--help") == 0 ? stdout : stderr);
}
