// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include "trace.h"

int trace_open(struct trace *trace, const char *path)
{
	trace->file = NULL;
	if (!path || !*path)
		return 0;
	trace->file = fopen(path, "we");
	return trace->file ? 0 : -errno;
}

void trace_close(struct trace *trace)
{
	if (trace->file)
		fclose(trace->file);
	trace->file = NULL;
}

void trace_access(const struct trace *trace, char what, int function, int bar, uint32_t at,
		  uint32_t value)
{
	if (!trace->file)
		return;
	if (function < 0)
		fprintf(trace->file, "%c pf   %d %05x %08x\n", what, bar, at, value);
	else
		fprintf(trace->file, "%c vf%-2d %d %05x %08x\n", what, function, bar, at, value);
}

void trace_say(const struct trace *trace, const char *format, ...)
{
	va_list args;

	if (!trace->file)
		return;
	va_start(args, format);
	vfprintf(trace->file, format, args);
	va_end(args);
	fputc('\n', trace->file);
}
