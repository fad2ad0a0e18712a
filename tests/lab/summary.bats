#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What scripts/lab/run shows at its end: the summary is on the terminal once, whoever has put it there.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup() {
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	VFPROOF=$TOP/build/bin/vfproof
	REPORT=$TOP/tests/fixtures/report.json
	LOG=$BATS_TEST_TMPDIR/serial.log
	printf 'vfproof: starting\r\n' >"$LOG"
}

# on_the_terminal: what the serial console has shown live, and what is shown after it.
on_the_terminal() {
	cat "$LOG"
	"$TOP/scripts/lab/summary" "$VFPROOF" "$REPORT" "$LOG"
}

# The console's end, as the appliance writes it.
console_ends() {
	{
		"$VFPROOF" report "$REPORT" --form summary || true
		"$VFPROOF" report "$REPORT" --form result || true
	} | sed 's/$/\r/' >>"$LOG"
	printf 'vfproof: end: power off\r\n' >>"$LOG"
}

summaries() {
	grep -c '^####  NOT QUALIFIED' <<<"$output"
}

@test "the console had the summary: it is not shown twice" {
	console_ends
	run on_the_terminal
	[ "$status" -eq 1 ]
	[ "$(summaries)" -eq 1 ]
}

@test "the console ended before the summary, or has that of another run: the report's is shown" {
	run on_the_terminal
	[ "$status" -eq 1 ]
	[ "$(summaries)" -eq 1 ]
	printf 'VFPROOF-RESULT: QUALIFIED pass=1\r\n' >>"$LOG"
	run on_the_terminal
	[ "$status" -eq 1 ]
	[ "$(summaries)" -eq 1 ]
}

@test "a report that cannot be read is no verdict" {
	REPORT=$BATS_TEST_TMPDIR/none.json
	run on_the_terminal
	[ "$status" -eq 3 ]
}

@test "scripts/lab/run shows the summary in this way only" {
	[ "$(grep -c 'scripts/lab/summary' "$TOP/scripts/lab/run")" -eq 1 ]
	run -1 grep -e '--form summary' "$TOP/scripts/lab/run"
}
