/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace of every register that a driver reads or writes, for those who write a model.
 */
#ifndef VFPROOF_LAB_NIC_TRACE_H
#define VFPROOF_LAB_NIC_TRACE_H

#include <stdint.h>
#include <stdio.h>

struct trace {
	FILE *file; /* NULL: none */
};

/* Begins a trace in a new file. NULL or "" is none. 0 or -errno. */
int trace_open(struct trace *trace, const char *path);
void trace_close(struct trace *trace);

/* @what: 'R' or 'W'. @function: NIC_PF or a VF. */
void trace_access(const struct trace *trace, char what, int function, int bar, uint32_t at,
		  uint32_t value);
/* What the card did by itself. */
void trace_say(const struct trace *trace, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
