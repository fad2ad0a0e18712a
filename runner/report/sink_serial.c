/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report on the consoles: details first and signals for LAVA, so that the summary is what stays
 * on the screen, and last the line for machines.
 */
#include "base/log.h"
#include "report/forms.h"

void report_to_consoles(const json_t *report, bool lava)
{
	_cleanup_free_ char *details = report_to_details(report);
	_cleanup_free_ char *summary = report_to_summary(report);
	_cleanup_free_ char *signals = lava ? report_to_lava(report) : NULL;
	char line[256];

	report_to_result_line(report, line, sizeof(line));
	log_raw(details ? details : "the details could not be made: out of memory\n");
	log_raw("\n");
	if (lava)
		log_raw(signals ? signals : "the signals could not be made: out of memory\n");
	log_raw(summary ? summary : "the summary could not be made: out of memory\n");
	log_raw(line);
}
