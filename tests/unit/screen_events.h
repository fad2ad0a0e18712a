/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journals of made-up runs, event by event, for the tests of the operator's screen.
 */
#ifndef VFPROOF_TESTS_SCREEN_EVENTS_H
#define VFPROOF_TESTS_SCREEN_EVENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include "base/util.h"

/* The events so far; freed by the caller. */
struct run_events {
	json_t *events;
	uint64_t t_ms;
};

void events_start(struct run_events *r, const char *more_settings);
/* @n_ports ports with the cases "port_0" to "port_7" each, after "host_a" and "host_b". */
void events_run(struct run_events *r, unsigned int n_ports);
void events_begin(struct run_events *r, const char *id, const char *subject);
/* @more: further members, stolen; may be NULL. */
void events_end(struct run_events *r, const char *id, const char *subject, const char *verdict,
		uint64_t took_ms, json_t *more);
/* Both, with a PASS. */
void events_pass(struct run_events *r, const char *id, const char *subject, uint64_t took_ms);
/* All of the host's, and the first @n of a port. */
void events_pass_host(struct run_events *r);
void events_pass_port(struct run_events *r, unsigned int port, unsigned int n);
void events_finish(struct run_events *r);
void events_add(struct run_events *r, const char *ev, json_t *event);
/* "0000:01:00.0" and on; the text lives until the next call. */
const char *screen_port(unsigned int i);
/* A failure with long texts in all of its members. */
json_t *screen_long_failure(void);

#endif
