/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The course of a run. Whatever fails on the way becomes a note in the journal, and the report is
 * made in any case.
 */
#include "core/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/klog.h>
#include <time.h>
#include "core/advice.h"
#include "core/child.h"
#include "core/engine.h"
#include "core/log.h"
#include "report/report.h"
#include "report/stick.h"
#include "report/store.h"
#include "sys/inventory.h"
#include "sys/module.h"
#include "sys/sysroot.h"
#include "version.h"

#define CONF_NAME "vfproof.conf"
#define CONF_MAX_SIZE (64u << 10)
#define STICK_CLOSE_MS 60000
#define EXIT_NO_RUN 3

struct run {
	struct sysroot root;
	struct settings settings;
	struct inventory inv;
	struct store store;
	struct stick stick;
	struct engine engine;
	struct plan plan;
	bool same_boot; /* a runner of this boot died in mid-run */
	bool resumed;
};

static void utc_now(char *buf, size_t size)
{
	time_t now = time(NULL);
	struct tm tm;

	if (!gmtime_r(&now, &tm) || strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		util_strlcpy(buf, size, "1970-01-01T00:00:00Z");
}

static void read_cmdline(struct run *r)
{
	char cmdline[8192];

	settings_init(&r->settings);
	if (sysroot_read(&r->root, cmdline, sizeof(cmdline), "proc/cmdline") >= 0)
		settings_parse_cmdline(&r->settings, cmdline);
	if (r->settings.verbose)
		log_set_level(LOG_LEVEL_DEBUG);
}

static void read_conf(struct run *r)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret;

	if (r->stick.dir < 0)
		return;
	ret = util_read_file(r->stick.dir, CONF_NAME, CONF_MAX_SIZE, &text, &len);
	if (ret == 0)
		settings_parse_conf(&r->settings, text, len);
	else if (ret != -ENOENT)
		store_note(&r->store, true, CONF_NAME " on the stick cannot be read: %s",
			   strerror(-ret));
	log_set_level(r->settings.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
}

/* The end state, for the appliance's init. */
static void write_finish(struct run *r, enum finish finish)
{
	_cleanup_close_ int dir = sysroot_openat(&r->root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	char text[16];

	util_format(text, sizeof(text), "%s\n", settings_finish_name(finish));
	if (dir < 0 || util_write_durably(dir, "finish", text, strlen(text)) < 0)
		log_error("the end state could not be written to /" STORE_RUN "/finish");
}

static void load_hardware(struct run *r)
{
	int ret = module_load_for_nics(&r->root);

	if (ret < 0)
		log_errno(ret, "load the modules of", "network controllers");
	ret = module_load_for_kvm(&r->root);
	if (ret < 0)
		log_errno(ret, "load", "kvm");
}

/* After vfproof.conf is read: it may allow unsafe interrupts. */
static void load_vfio(struct run *r)
{
	const bool unsafe = r->settings.unsafe_interrupts;
	int ret;

	if (!sysroot_is_real(&r->root))
		return;
	ret = module_load("vfio_iommu_type1", unsafe ? "allow_unsafe_interrupts=1" : NULL);

	/* Options are for the first load only. */
	if (ret == 0 && unsafe)
		ret = sysroot_write(
			&r->root, "1",
			"sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts");
	if (ret < 0)
		log_errno(ret, "load", "vfio_iommu_type1");
	ret = module_load("vfio-pci", NULL);
	if (ret < 0)
		log_errno(ret, "load", "vfio-pci");
}

bool run_is_ours(const json_t *events, const struct host_info *host,
		 const struct settings *settings)
{
	const json_t *event, *there;
	size_t i;

	json_array_foreach(events, i, event)
	{
		if (strcmp(report_text(event, "ev"), "run") != 0)
			continue;
		there = json_object_get(event, "host");
		return strcmp(report_text(there, "serial"), host->serial) == 0 &&
		       strcmp(report_text(there, "product"), host->product) == 0 &&
		       strcmp(report_text(json_object_get(event, "build"), "revision"),
			      VFPROOF_REVISION) == 0 &&
		       strcmp(report_text(json_object_get(event, "settings"), "cases"),
			      settings->cases) == 0;
	}
	return false;
}

static bool stick_run_is_ours(const void *events, void *arg)
{
	const struct run *r = arg;

	return run_is_ours(events, &r->inv.host, &r->settings);
}

unsigned int run_count_resumes(const json_t *events)
{
	unsigned int n = 0;
	const json_t *event;
	size_t i;

	json_array_foreach(events, i, event)
	{
		const char *ev = report_text(event, "ev");

		if (strcmp(ev, "resume") == 0)
			n++;
		else if (strcmp(ev, "end") == 0)
			n = 0;
	}
	return n;
}

/* The stick's folder of the runner that died, from what it left in STORE_RUN/current. */
static bool current_folder(struct run *r, char *name, size_t size)
{
	static const char below[] = "/" STORE_STICK "/";
	char current[256];
	const char *p;

	if (sysroot_read(&r->root, current, sizeof(current), STORE_RUN "/current") < 0)
		return false;
	p = strstr(current, below);
	return p && util_strlcpy(name, size, p + strlen(below));
}

/* Chooses the folder on the stick: the one of the run to go on with, or a new one. */
static void open_folder(struct run *r)
{
	char name[160], utc[32];
	int ret = 0;

	if (r->stick.problem[0]) {
		log_error("STICK: %s; the report will be in /" STORE_MEMORY, r->stick.problem);
		store_note(&r->store, false, "%s", r->stick.problem);
	}
	r->resumed = r->same_boot;
	if (r->stick.dir < 0 || r->stick.read_only)
		return;
	if (r->same_boot && current_folder(r, name, sizeof(name))) {
		log_info("going on with %s", name);
	} else if (!r->same_boot &&
		   stick_find_unfinished(&r->stick, r->inv.host.serial, stick_run_is_ours, r, name,
					 sizeof(name))) {
		log_info("this host did not finish %s: going on with it", name);
		r->resumed = true;
	} else {
		utc_now(utc, sizeof(utc));
		ret = stick_make_folder(&r->stick, r->inv.host.serial, utc, name, sizeof(name));
	}
	if (ret == 0)
		ret = store_use_stick(&r->store, r->stick.dir, name);
	if (ret == 0)
		return;
	/* A resumed journal that cannot be written any more is not gone on with. */
	r->resumed = r->same_boot;
	log_error("STICK: it cannot be written: %s; the report will be in /" STORE_MEMORY,
		  strerror(-ret));
	store_note(&r->store, false, "the stick cannot be written: %s", strerror(-ret));
}

static json_t *run_event(struct run *r)
{
	json_t *obj = inventory_to_json(&r->inv);
	char utc[32], stored[200];

	utc_now(utc, sizeof(utc));
	store_describe(&r->store, stored, sizeof(stored));
	json_object_set_new(obj, "time", json_string(utc));
	json_object_set_new(obj, "stored", json_string(stored));
	json_object_set_new(obj, "build", json_pack("{s:s}", "revision", VFPROOF_REVISION));
	json_object_set_new(obj, "settings", settings_to_json(&r->settings));
	json_object_set_new(obj, "unsafe_interrupts",
			    json_boolean(r->settings.unsafe_interrupts && !r->inv.iommu.irq_remap));
	json_object_set_new(obj, "left_out", json_integer(r->plan.left_out));
	json_object_set_new(obj, "plan", plan_to_json(&r->plan));
	return obj;
}

static int begin_new(struct run *r)
{
	int ret = plan_make(&r->plan, &r->settings, &r->inv);

	return ret < 0 ? ret : store_append(&r->store, "run", run_event(r));
}

static bool was_begun(const json_t *events, const struct plan_item *item)
{
	char subject[PCI_ADDR_STRLEN];
	const json_t *event;
	size_t i;

	plan_item_subject(item, subject);
	json_array_foreach(events, i, event)
	{
		const char *ev = report_text(event, "ev");

		if ((strcmp(ev, "begin") == 0 || strcmp(ev, "end") == 0) &&
		    strcmp(report_text(event, "case"), item->def->id) == 0 &&
		    strcmp(report_text(event, "subject"), subject) == 0)
			return true;
	}
	return false;
}

static const json_t *plan_of(const json_t *events)
{
	const json_t *event;
	size_t i;

	json_array_foreach(events, i, event) if (strcmp(report_text(event, "ev"), "run") ==
						 0) return json_object_get(event, "plan");
	return NULL;
}

/* Returns -ECANCELED if this run has been resumed in vain too often. */
static int begin_resumed(struct run *r)
{
	json_t *events = store_events(&r->store, NULL);
	int ret = events ? plan_from_json(&r->plan, plan_of(events), &r->inv) : -ENODATA;
	json_t *obj = NULL;
	char utc[32];
	unsigned int i;

	for (i = 0; i < r->plan.n; i++)
		r->plan.items[i].done = was_begun(events, &r->plan.items[i]);
	if (ret == 0 && run_count_resumes(events) >= RUN_MAX_RESUMES) {
		store_note(&r->store, true, "given up: resumed %d times without an item that ended",
			   RUN_MAX_RESUMES);
		ret = -ECANCELED;
	}
	json_decref(events);
	if (ret < 0)
		return ret;
	utc_now(utc, sizeof(utc));
	obj = json_pack("{s:s, s:o, s:b}", "time", utc, "settings", settings_to_json(&r->settings),
			"unsafe_interrupts",
			r->settings.unsafe_interrupts && !r->inv.iommu.irq_remap);
	return store_append(&r->store, "resume", obj);
}

static int scan(struct run *r)
{
	int ret = inventory_scan(&r->root, &r->inv);

	if (ret < 0)
		store_note(&r->store, true, "the machine could not be looked at: %s",
			   strerror(-ret));
	return ret;
}

static int begin_and_run(struct run *r)
{
	int ret;

	if (r->same_boot) {
		/* The runner that died left its work half done. */
		if (engine_clean_slate(&r->engine) < 0)
			log_error("the ports could not be brought back to a clean state");
		ret = scan(r);
		if (ret < 0)
			return ret;
	}
	ret = r->resumed ? begin_resumed(r) : begin_new(r);
	if (ret == 0)
		ret = engine_run(&r->engine, &r->plan);
	return ret;
}

static void carry_out(struct run *r)
{
	int ret;

	r->engine = (struct engine){
		.settings = &r->settings, .root = &r->root, .inv = &r->inv, .store = &r->store
	};
	ret = engine_open(&r->engine);
	if (ret == 0) {
		ret = begin_and_run(r);
		/* A journal that outlives this boot goes on after it. */
		if (r->engine.stuck && r->store.stick_dir >= 0)
			r->settings.finish = FINISH_REBOOT;
		engine_close(&r->engine, r->settings.finish == FINISH_REBOOT && r->engine.stuck);
	}
	if (ret < 0 && ret != -ECANCELED)
		store_note(&r->store, true, "the run ended early: %s", strerror(-ret));
}

static void finish_journal(struct run *r)
{
	char utc[32], stored[200];

	/* Unfinished on purpose: the next boot resumes it. */
	if (r->engine.stuck && r->store.stick_dir >= 0)
		return;
	utc_now(utc, sizeof(utc));
	store_describe(&r->store, stored, sizeof(stored));
	if (store_append(&r->store, "finish",
			 json_pack("{s:s, s:s}", "time", utc, "stored", stored)) < 0)
		log_error("the journal could not be finished");
}

static int stick_child(void *arg)
{
	struct run *r = arg;

	stick_close(&r->stick, &r->root);
	return 0;
}

/* Lets go of the stick; one that hangs must not keep the report from the screen. */
static void release_stick(struct run *r)
{
	struct child_end end;

	store_close(&r->store);
	if (r->stick.dir < 0)
		return;
	if (child_call(stick_child, r, STICK_CLOSE_MS, NULL, &end) < 0 ||
	    end.state != CHILD_EXITED || end.value != 0)
		log_error("STICK: it could not be unmounted");
	close(util_take_fd(&r->stick.dir));
}

/* Returns the exit status. */
static int report(struct run *r)
{
	_cleanup_free_ char *json = NULL, *text = NULL;
	unsigned int damaged = 0;
	json_t *events = store_events(&r->store, &damaged), *obj = NULL;
	bool unsafe;
	int status = EXIT_NO_RUN;

	if (events)
		obj = report_build(events, damaged);
	json_decref(events);
	if (obj) {
		json = report_to_json(obj);
		text = report_to_text(obj);
		status = run_verdict_exit_status(report_verdict(obj, &unsafe));
	}
	if (!json || store_write(&r->store, "report.json", json) < 0)
		log_error("report.json could not be written");
	if (!text || store_write(&r->store, "report.txt", text) < 0)
		log_error("report.txt could not be written");
	write_finish(r, r->settings.finish);
	release_stick(r);
	if (obj)
		report_to_consoles(obj);
	else
		log_error("there is no report: the journal cannot be read");
	json_decref(obj);
	return status;
}

/* Everything before the plan. Returns 0 if there is something to run. */
static int prepare(struct run *r)
{
	uint64_t begin = util_now_ms();
	int ret = module_load_for_usb(&r->root);

	if (ret < 0)
		log_errno(ret, "load the modules of", "USB");
	load_hardware(r);
	stick_open(&r->stick, &r->root, begin + (uint64_t)r->settings.stick_wait_s * 1000);
	read_conf(r);
	write_finish(r, r->settings.finish);
	load_vfio(r);
	ret = scan(r);
	open_folder(r);
	return ret;
}

int run_main(const char *root_path)
{
	_cleanup_free_ struct run *r = calloc(1, sizeof(*r));
	int ret, status;

	if (!r) {
		log_error("out of memory");
		return EXIT_NO_RUN;
	}
	ret = sysroot_open(&r->root, root_path);
	if (ret < 0) {
		log_errno(ret, "open", root_path);
		return EXIT_NO_RUN;
	}
	if (log_open_consoles(&r->root) < 0)
		log_error("not all consoles could be opened");
	log_info("vfproof %s: starting", VFPROOF_REVISION);
	signal(SIGPIPE, SIG_IGN);
	/* Kernel messages are read from /dev/kmsg and must not run into our lines. */
	if (sysroot_is_real(&r->root) && klogctl(8, NULL, 1) < 0)
		log_error("the kernel's console log level cannot be set: %s", strerror(errno));
	read_cmdline(r);
	r->stick.dir = -1;
	ret = store_open(&r->store, &r->root, &r->same_boot);
	if (ret < 0)
		log_errno(ret, "make", "/" STORE_MEMORY);
	if (advice_load() < 0)
		store_note(&r->store, true, "the table of root causes cannot be read");
	if (prepare(r) == 0)
		carry_out(r);
	finish_journal(r);
	status = report(r);
	plan_free(&r->plan);
	log_close();
	sysroot_close(&r->root);
	return status;
}
