/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings: vfproof.* on the kernel command line, then vfproof.conf on the stick (the same names
 * without the prefix). The command line wins. docs/settings.md describes each.
 */
#ifndef VFPROOF_MODEL_SETTINGS_H
#define VFPROOF_MODEL_SETTINGS_H

#include <jansson.h>
#include "model/port_choice.h"
#include "model/settings_sink.h"
#include "sys/serial.h"
#include "base/util.h"

#define SETTINGS_MAX_PROBLEMS 32
#define SETTINGS_MAX_SOAK_S (30u * 86400u)

struct sysroot;

enum finish { FINISH_HOLD, FINISH_POWEROFF, FINISH_REBOOT, FINISH_SHELL };

/* The operator's screen on the first virtual terminal. */
enum screen_setting { SCREEN_AUTO, SCREEN_ON, SCREEN_OFF };

/* What a port that reaches no other one means. */
enum wire_setting {
	WIRE_AUTO, /* if others have a carrier too, it ought to */
	WIRE_NONE, /* it is meant to be without */
};

/* What is run, the smallest plan first: see enum case_set. */
enum plan_kind { PLAN_QUICK, PLAN_CORE, PLAN_FULL, PLAN_SOAK };

/* Deliberate faults that prove that a wrong machine is found out; see docs/settings.md. */
enum fault {
	FAULT_NONE,
	FAULT_AGENT_CORRUPT, /* the agent flips one payload byte in every frame it sends */
	FAULT_AGENT_MUTE, /* the agent never answers */
	FAULT_AGENT_EXIT, /* the agent exits, so that the guest's kernel panics */
	FAULT_NO_LINK, /* the PF is taken down before its VF's guest starts */
	FAULT_GUEST_KEEPS, /* the guest's kernel lets no device go that it is asked for */
	FAULT_RUNNER_KILL, /* the runner is killed while an item runs */
	FAULT_RUNNER_STOP, /* the process of the item's unit is stopped while it runs */
	FAULT_HOST_PANIC, /* the host's kernel panics while an item runs */
};

struct setting;

/* What the settings say; the table in settings.c has their names, defaults and what is allowed. */
struct settings {
	enum finish finish; /* what the host does when the run has ended */
	bool unsafe_interrupts; /* goes on without interrupt remapping */
	char cases[512]; /* globs */
	enum plan_kind plan;
	unsigned int soak_s; /* for how long the soak plan repeats its rounds on each port */
	char ports[PORT_CHOICE_SIZE]; /* which of them: see model/port_choice.h */
	unsigned int parallel; /* ports worked on at a time; 0: the runner decides */
	enum wire_setting wire;
	char stick[40]; /* label or UUID of the report stick's file system */
	unsigned int stick_wait_s; /* for how long the stick is waited for */
	unsigned int guest_memory_mb; /* MiB of each guest */
	unsigned int timeout_percent; /* scales deadlines */
	bool verbose;
	bool panic_on_oops; /* the kernel gives up at an oops, as it does at a panic */
	unsigned int reports; /* FORM_BIT() of each form to write */
	enum screen_setting screen;
	char serial[SERIAL_SETTING_SIZE]; /* which serial ports have the log: see sys/serial.h */
	enum fault fault;
	char fault_case[128]; /* globs */
	struct sink_settings sinks;
	struct mgmt_settings mgmt;
	/* An unknown or malformed setting is a problem: named in the report, run INCOMPLETE. */
	unsigned int n_problems; /* at most SETTINGS_MAX_PROBLEMS */
	unsigned int n_further; /* further ones, which are counted only */
	char problems[SETTINGS_MAX_PROBLEMS][200];
	uint64_t given; /* bit per setting that the command line gave */
};

/* Every setting is at its default. */
void settings_init(struct settings *s);

/*
 * Takes every vfproof.* parameter of a kernel command line (quoting as in
 * Documentation/admin-guide/kernel-parameters.rst). Never fails: what is wrong becomes a problem.
 */
void settings_parse_cmdline(struct settings *s, const char *cmdline);

/*
 * The same with the one that this kernel was started with. What cannot be read, or may have been
 * cut by the kernel, becomes a problem.
 */
void settings_take_cmdline(struct settings *s, const struct sysroot *root);

/*
 * Takes a vfproof.conf (INI without sections, "#" comments). Settings that the command line gave
 * are kept. Call after settings_parse_cmdline() with that command line's settings.
 */
void settings_parse_conf(struct settings *s, const char *text, size_t len);

/* Adds a problem: something that was to be set and is not. */
void settings_add_problem(struct settings *s, const char *fmt, ...) printf_like(2, 3);

/* "90s", "30m", "8h", "2d" in seconds, SETTINGS_MAX_SOAK_S at most; 0: it is no such text. */
unsigned int settings_soak_seconds(const char *text);

/* "hold", "poweroff", ...; "none", "agent_corrupt", ...: as in the settings. */
const char *settings_finish_name(enum finish finish);
const char *settings_fault_name(enum fault fault);
const char *settings_plan_name(enum plan_kind plan);

/* All settings in force by name, without secrets, with "problems" as an array of texts. Caller owns
 * the result. */
json_t *settings_to_json(const struct settings *s);

/* The table's row at @index; NULL after the last. */
const struct setting *settings_get(size_t index);

/* True if @fault is set and its glob matches @case_id. */
bool settings_fault_is(const struct settings *s, enum fault fault, const char *case_id);

#endif
