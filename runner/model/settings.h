/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings: vfproof.* on the kernel command line, then vfproof.conf on the stick (the same names
 * without the prefix). The command line wins. docs/settings.md describes each.
 */
#ifndef VFPROOF_MODEL_SETTINGS_H
#define VFPROOF_MODEL_SETTINGS_H

#include <jansson.h>
#include "model/settings_sink.h"
#include "base/util.h"

#define SETTINGS_MAX_PROBLEMS 32

enum finish { FINISH_HOLD, FINISH_POWEROFF, FINISH_REBOOT, FINISH_SHELL };

/* The operator's screen on the first virtual terminal. */
enum screen_setting { SCREEN_AUTO, SCREEN_ON, SCREEN_OFF };

/* What is run: everything, or what gives an answer in the shortest honest time. */
enum plan_kind { PLAN_FULL, PLAN_QUICK };

/* Deliberate faults that prove that a wrong machine is found out; see docs/settings.md. */
enum fault {
	FAULT_NONE,
	FAULT_AGENT_CORRUPT, /* the agent flips one payload byte in every frame it sends */
	FAULT_AGENT_MUTE, /* the agent never answers */
	FAULT_AGENT_EXIT, /* the agent exits, so that the guest's kernel panics */
	FAULT_NO_LINK, /* the PF is taken down before its VF's guest starts */
	FAULT_RUNNER_KILL, /* the runner is killed while an item runs */
	FAULT_COUNT,
};

struct settings {
	enum finish finish; /* finish=hold|poweroff|reboot|shell, default hold */
	bool unsafe_interrupts; /* unsafe_interrupts=allow|deny, default deny */
	char cases[512]; /* cases=GLOB[,GLOB...], default "*" */
	enum plan_kind plan; /* plan=full|quick, default full */
	unsigned int parallel; /* parallel=0..16: ports worked on at a time; default 0: by itself */
	unsigned int stick_wait_s; /* stick_wait_s=0..300, default 15 */
	unsigned int guest_memory_mb; /* guest_memory_mb=128..4096, default 192 */
	unsigned int timeout_percent; /* timeout_percent=10..2000, default 100: scales deadlines */
	bool verbose; /* log=normal|verbose */
	unsigned int reports; /* reports=FORM[,FORM...]|all: FORM_BIT() of each form to write */
	enum screen_setting screen; /* screen=auto|on|off, default auto */
	enum fault fault; /* fault=NAME[:CASE GLOB] */
	char fault_case[128]; /* default "*" */
	struct sink_settings sinks;
	struct mgmt_settings mgmt;
	/* An unknown or malformed setting is a problem: named in the report, run INCOMPLETE. */
	unsigned int n_problems; /* at most SETTINGS_MAX_PROBLEMS; further ones are not kept */
	char problems[SETTINGS_MAX_PROBLEMS][200];
	unsigned int given; /* bit per setting that the command line gave */
};

void settings_init(struct settings *s);

/*
 * Takes every vfproof.* parameter of a kernel command line (quoting as in
 * Documentation/admin-guide/kernel-parameters.rst). Never fails: what is wrong becomes a problem.
 */
void settings_parse_cmdline(struct settings *s, const char *cmdline);

/*
 * Takes a vfproof.conf (INI without sections, "#" comments). Settings that the command line gave
 * are kept. Call after settings_parse_cmdline() with that command line's settings.
 */
void settings_parse_conf(struct settings *s, const char *text, size_t len);

/* Adds a problem: something that was to be set and is not. */
void settings_add_problem(struct settings *s, const char *fmt, ...) printf_like(2, 3);

/* "hold", "poweroff", ...; "none", "agent_corrupt", ...: as in the settings. */
const char *settings_finish_name(enum finish finish);
const char *settings_fault_name(enum fault fault);
const char *settings_plan_name(enum plan_kind plan);

/* All settings in force by name, without secrets, with "problems" as an array of texts. Caller owns
 * the result. */
json_t *settings_to_json(const struct settings *s);

/* True if @fault is set and its glob matches @case_id. */
bool settings_fault_is(const struct settings *s, enum fault fault, const char *case_id);

#endif
