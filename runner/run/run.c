/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The course of a run. Whatever fails on the way becomes a note in the journal, and the report is
 * made in any case.
 */
#include "run/run_state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include "model/advice.h"
#include "journal/again.h"
#include "model/port_choice.h"
#include "base/child.h"
#include "base/clock.h"
#include "cases/registry.h"
#include "base/log.h"
#include "run/boots.h"
#include "run/early.h"
#include "run/hardware.h"
#include "run/measure.h"
#include "run/resume.h"
#include "run/run.h"
#include "report/deliver.h"
#include "report/report.h"
#include "sys/kernel.h"
#include "sys/module.h"
#include "sys/mounts.h"
#include "sys/pstore.h"
#include "sys/serial.h"
#include "version.h"

#define STICK_CLOSE_MS 60000
#define EXIT_NO_RUN 3
/* What steps may take at most, each with deadlines inside. */
#define USB_MS 200000
#define SCAN_MS 900000
#define LOAD_MS 1500000 /* two buses, KVM, VFIO */
#define STORE_MS 120000 /* a stick that is slow */
#define MEASURE_MS 60000
#define REPORT_MS 900000 /* reports are sent, too */

/* The next step has so long, on an ordinary host, before the watchdog ends the boot. */
static void allow(const struct run *r, uint64_t ms)
{
	watchdog_allow(&r->watchdog, sysroot_recovery_ms(&r->root, ms) + WATCHDOG_PET_MS);
}

static void note_given_up(void *arg, const char *subject, const char *reason)
{
	struct run *r = arg;

	log_error("%s: %s", subject[0] ? subject : "the run", reason);
	if (store_append(&r->store, "given_up",
			 json_pack("{s:s, s:s}", "subject", subject, "reason", reason)) < 0)
		log_error("that nothing more is tried could not be journalled");
}

/* To what is run again. */
static void narrow_plan(struct run *r)
{
	const json_t *items = json_object_get(r->again, "items");
	const size_t wanted = json_array_size(items);

	if (!again_is_narrow(r->again))
		return;
	plan_narrow(&r->plan, items);
	log_info("what failed is run again: %u items", r->plan.n);
	if (r->plan.n < wanted)
		store_note(
			&r->store, true,
			"of %zu items that were to be run again %zu are not in the plan any more",
			wanted, wanted - r->plan.n);
}

static int make_plan(struct run *r)
{
	int ret = -ENODATA;
	json_t *obj;

	if (r->resumed) {
		json_t *events = store_outline(&r->store);
		char what[400];

		if (!resume_ports_are_same(events, &r->inv, what, sizeof(what)))
			store_note(&r->store, true,
				   "the machine was changed while the run was cut off: %s", what);
		ret = resume_plan(&r->plan, events, &r->inv);
		if (ret == 0)
			resume_give_up(&r->plan, events, note_given_up, r);
		if (ret == 0)
			signals_resume(&r->signals, events);
		json_decref(events);
		/* The "run" of before has what was found then. */
		if (ret == 0)
			ret = reach_journal(&r->reach);
	}
	if (ret != -ENODATA)
		return ret;
	ret = plan_make(&r->plan, &registry, &r->settings, &r->inv);
	if (ret < 0)
		return ret;
	narrow_plan(r);
	obj = inventory_to_json(&r->inv);
	json_object_set_new(obj, "left_out", json_integer(r->plan.left_out));
	json_object_set_new(obj, "plan", plan_to_json(&r->plan));
	json_object_set_new(obj, "beyond", plan_beyond_to_json(&r->plan, &registry));
	return store_append(&r->store, "run", obj);
}

/* Before and after it is known which ports have a link. */
static void choose_ports(struct run *r, bool links_known)
{
	const char *pos = r->settings.ports;
	char word[96];

	port_choice_apply(r->settings.ports, links_known, &r->inv);
	while (!links_known && port_choice_unmatched(&pos, &r->inv, word, sizeof(word)))
		store_note(&r->store, false, "the setting \"ports\": %s fits no port", word);
}

/* Which ports reach each other, as it is now: also in a run that is gone on with. */
static void find_peers(struct run *r)
{
	r->reach = (struct reach){ .root = &r->root,
				   .settings = &r->settings,
				   .inv = &r->inv,
				   .store = &r->store,
				   .watchdog = &r->watchdog };
	choose_ports(r, false);
	reach_begin(&r->reach);
	choose_ports(r, true);
	r->engine.peer_is_known = reach_is_known;
	r->engine.peer_arg = &r->reach;
}

static int begin_and_run(struct run *r)
{
	int ret;

	if (r->same_boot) {
		/* The runner that died left its work half done. */
		(void)!engine_clean_slate(&r->engine);
		if (r->engine.stuck)
			return -EIO;
		ret = inventory_scan(&r->root, &r->inv);
		if (ret < 0)
			return ret;
	}
	find_peers(r);
	ret = make_plan(r);
	if (ret == 0)
		ret = engine_run(&r->engine, &r->plan);
	reach_end(&r->reach);
	return ret;
}

/* A journal that outlives this boot: the next one goes on with the run, which is not at its end. */
static bool goes_on(const struct run *r)
{
	return r->engine.stuck && r->store.stick_dir >= 0;
}

static void carry_out(struct run *r)
{
	int ret;

	r->engine = (struct engine){
		.settings = &r->settings,
		.root = &r->root,
		.inv = &r->inv,
		.store = &r->store,
		.watchdog = &r->watchdog,
		.each_tick = stick_watch_tick,
		.tick_arg = &r->watch,
		.unit_died = signals_unit_died,
		.died_arg = &r->signals,
	};
	ret = engine_open(&r->engine);
	if (ret == 0) {
		ret = begin_and_run(r);
		if (goes_on(r))
			r->settings.finish = FINISH_REBOOT;
		engine_close(&r->engine);
	}
	if (ret < 0)
		store_note(&r->store, true, "the run ended early: %s", strerror(-ret));
}

static void finish_journal(struct run *r)
{
	char utc[CLOCK_STRLEN], stored[600];

	if (goes_on(r))
		return;
	clock_now(utc);
	store_describe(&r->store, stored, sizeof(stored));
	if (store_append(&r->store, "finish",
			 json_pack("{s:s, s:s}", "time", utc, "stored", stored)) < 0)
		log_error("the journal could not be finished");
}

/* At the end, as nobody needs it before, and it takes some seconds until it is known. */
static void journal_boot(struct run *r)
{
	const uint64_t ms = sysroot_recovery_ms(&r->root, MEASURE_MS);

	if (store_append(&r->store, "boot", measure_collect(&r->root, (unsigned int)ms)) < 0)
		log_error("the journal does not say what was booted");
}

static int stick_child(void *arg)
{
	mount_release(arg, STORE_STICK);
	return 0;
}

/* Lets go of the stick; one that hangs must not keep the report from the screen. */
static void release_stick(struct run *r)
{
	struct child_end end;

	store_close(&r->store);
	if (r->stick.dir < 0)
		return;
	close(util_take_fd(&r->stick.dir));
	if (child_call(stick_child, &r->root, STICK_CLOSE_MS, NULL, &end) < 0 ||
	    end.state != CHILD_EXITED)
		log_error("STICK: it could not be unmounted");
}

/* Of the runner itself, with the report, and of the largest of its processes that have ended. */
static void log_memory(void)
{
	struct rusage own, children;

	if (getrusage(RUSAGE_SELF, &own) == 0 && getrusage(RUSAGE_CHILDREN, &children) == 0)
		log_info("memory at most: runner %ld MB, a process of it %ld MB",
			 own.ru_maxrss / 1024, children.ru_maxrss / 1024);
}

/* Whoever waits for a result on a console must not be told one before the end. */
static void tell_consoles(struct run *r, const json_t *obj, bool unfinished)
{
	if (unfinished)
		log_error("a process hangs in the kernel: the run goes on when the host has "
			  "started again");
	else if (obj)
		report_to_consoles(obj, signals_rest(&r->signals, obj));
	else
		log_error("there is no report: out of memory");
}

/* Returns the exit status. */
static int report(struct run *r)
{
	const bool unfinished = goes_on(r); /* known only as long as there is the stick */
	const struct delivery delivery = {
		.root = &r->root,
		.settings = &r->settings,
		.inv = &r->inv,
		.store = &r->store,
		.stick = &r->stick,
		.send = !unfinished,
	};
	bool unsafe;
	int status = EXIT_NO_RUN;
	json_t *obj;

	stick_watch_end(&r->watch);
	obj = deliver_report(&delivery);
	r->watch.next_ms = 0;
	stick_watch_tick(&r->watch); /* it may have been pulled out meanwhile */

	if (obj)
		status = run_verdict_exit_status(report_verdict(obj, &unsafe));
	if (delivery.send)
		boots_end(&r->root);
	log_memory();
	run_write_finish(r, r->settings.finish);
	release_stick(r);
	tell_consoles(r, obj, unfinished);
	json_decref(obj);
	return status;
}

static bool has_our_run(int dir, void *arg)
{
	return adopt_is_wanted(dir, arg);
}

/* Which stick is meant: what is on one cannot say so. "vfproof keep" and the screen read it, too.
 */
static void choose_stick(struct run *r)
{
	_cleanup_close_ int dir = sysroot_openat(&r->root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	const char *name = r->settings.stick;

	util_strlcpy(r->stick_name, sizeof(r->stick_name), name);
	if (dir < 0 ||
	    util_write_durably(dir, strrchr(STICK_NAME_FILE, '/') + 1, name, strlen(name)) < 0)
		log_error("the stick's name could not be written to /" STICK_NAME_FILE);
}

/*
 * Finds the stick, and puts overlays in effect: the initramfs's before anything is loaded, the
 * stick's before the drivers of NICs are.
 */
static void open_stick(struct run *r)
{
	uint64_t begin = util_now_ms();
	uint64_t wait;
	int ret;

	if (overlay_open(&r->overlay, &r->root) < 0)
		log_error("overlays are not taken: out of memory");
	overlay_take(&r->overlay, &r->root, r->root.fd, "initramfs");
	overlay_use_firmware(&r->overlay, &r->root);
	run_read_settings(r);
	wait = (uint64_t)r->settings.stick_wait_s * 1000;
	allow(r, USB_MS);
	ret = module_load_for_usb(&r->root);
	if (ret < 0)
		log_errno(ret, "load the modules of", "USB");
	inventory_scan_host(&r->root, &r->inv.host); /* whose runs to look for */
	allow(r, wait + EARLY_STICK_MS);
	choose_stick(r);
	early_open_stick(&r->stick, &r->root, r->stick_name, begin + wait,
			 sysroot_recovery_ms(&r->root, EARLY_STICK_MS), has_our_run, &r->inv.host);
	allow(r, EARLY_OVERLAY_MS + EARLY_FILE_MS);
	early_take_overlay(&r->overlay, &r->root, r->stick.dir);
	run_read_settings(r);
}

/* What comes before the plan. Returns 0 if there is something to run. */
static int prepare(struct run *r)
{
	bool host, iommu;
	int ret;

	/* Nothing is journalled before it is clear which journal to go on with. */
	open_stick(r);
	run_write_finish(r, r->settings.finish);
	if (!r->same_boot) /* the stick's settings are known now */
		kernel_arm_detectors(&r->root, r->settings.panic_on_oops);
	allow(r, SCAN_MS);
	host = inventory_scan_host(&r->root, &r->inv.host);
	iommu = inventory_scan_iommu(&r->root, &r->inv.iommu);
	allow(r, STORE_MS);
	run_open_folder(r);
	ret = run_begin_journal(r);
	if (ret < 0)
		return ret;
	if (!r->same_boot) {
		hardware_note_clock(&r->store, r->later_run);
		overlay_note_problems(&r->overlay, &r->store);
	}
	allow(r, LOAD_MS);
	hardware_load(&r->root, &r->store, r->settings.unsafe_interrupts);
	if (!r->same_boot)
		overlay_note_modules(&r->root, &r->store);
	allow(r, SCAN_MS);
	ret = inventory_scan(&r->root, &r->inv);
	watchdog_pet(&r->watchdog);
	hardware_note_silence(&r->store, &r->inv, host, iommu);
	if (ret < 0)
		store_note(&r->store, true, "the machine could not be looked at: %s",
			   strerror(-ret));
	if (r->inv.n_found > r->inv.n_nics)
		store_note(&r->store, true,
			   "there are %u network controllers, and %u are looked at: those with "
			   "SR-IOV first, in the order of their addresses",
			   r->inv.n_found, r->inv.n_nics);
	if (ret == 0)
		ret = run_choose(r);
	/* They belong to the run that is gone on with, which is known only now. */
	hardware_take_last_words(&r->root, &r->store);
	return ret;
}

/* Init has to come to the end state: behind the watchdog, if it is one that has to come. */
static void end_watchdog(struct run *r)
{
	if (r->settings.finish == FINISH_REBOOT || r->settings.finish == FINISH_POWEROFF)
		watchdog_leave(&r->watchdog);
	else
		watchdog_close(&r->watchdog);
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
	r->stick.dir = -1;
	run_read_settings(r);
	run_open_consoles(r);
	log_info("vfproof %s: starting", VFPROOF_REVISION);
	serial_log_ports(&r->root, r->settings.serial);
	signal(SIGPIPE, SIG_IGN);
	/* Its messages must not run into our lines. */
	ret = kernel_silence_console(&r->root);
	if (ret < 0)
		log_error("the kernel's console log level cannot be set: %s", strerror(-ret));
	r->no_advice = advice_load() < 0;
	if (r->no_advice)
		run_read_settings(r);
	r->watch = (struct stick_watch){ .root = &r->root,
					 .store = &r->store,
					 .stick = &r->stick,
					 .host = r->inv.host.serial,
					 .name = r->stick_name };
	kernel_set_oom_score(&r->root, KERNEL_OOM_RUNNER);
	watchdog_open(&r->watchdog, &r->root); /* before any driver of a device is loaded */
	ret = store_open(&r->store, &r->root, &r->same_boot);
	if (ret < 0)
		log_errno(ret, "make", "/" STORE_MEMORY);
	signals_open(&r->signals, &r->settings, &r->store);
	if (!r->same_boot) {
		kernel_arm_detectors(&r->root, r->settings.panic_on_oops);
		pstore_load(&r->root);
	}
	if (prepare(r) == 0)
		carry_out(r);
	allow(r, REPORT_MS + MEASURE_MS);
	signals_finish(&r->signals);
	journal_boot(r);
	finish_journal(r);
	status = report(r);
	end_watchdog(r);
	signals_close(&r->signals);
	plan_free(&r->plan);
	json_decref(r->again);
	overlay_free(&r->overlay);
	log_close();
	sysroot_close(&r->root);
	return status;
}
