/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data files of configs/ as NUL-terminated texts: runner/base/tables.h. */
	.section .rodata
	.macro table name, file
	.global table_\name
table_\name:
	.incbin "\file"
	.byte 0
	.endm

	table advice, "advice.ini"
	table symptoms, "symptoms.ini"
	table profiles, "profiles.ini"
	table css, "report.css"
	table fleet_css, "fleet.css"
	table fleet_js, "fleet.js"
	table rules, "rules.ini"

	.section .note.GNU-stack, "", @progbits
