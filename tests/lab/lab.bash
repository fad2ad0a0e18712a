# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the lab tests share: boot once per file, then ask the JSON report.

PF0=0000:01:00.0
PF1=0000:02:00.0
export PF0 PF1

# lab_boot NAME SCENARIO [option...]: boots the image; its exit status is kept in LAB_STATUS.
lab_boot() {
	local name=$1
	shift
	export LAB_OUT=$BATS_TEST_DIRNAME/../../build/lab/$name
	export LAB_REPORT=$LAB_OUT/report/report.json
	LAB_STATUS=0
	echo "lab: $*"
	"$BATS_TEST_DIRNAME/../../scripts/lab/run" "$@" --out "$LAB_OUT" --quiet || LAB_STATUS=$?
	export LAB_STATUS
	# A server that leaves no report has said why on its console.
	[ -e "$LAB_REPORT" ] || tail -n 40 "$LAB_OUT/serial.log"
}

# report EXPRESSION [option...]: the value of a jq expression over the report
report() {
	jq -r "$1" "$LAB_REPORT" "${@:2}"
}

# item CASE SUBJECT FIELD
item() {
	jq -r --arg c "$1" --arg s "$2" ".items[] | select(.case == \$c and .subject == \$s) | .$3" \
		"$LAB_REPORT"
}

# What a server said before it started again, and what QEMU knows of the reason.
how_it_restarted() {
	[ "$(grep -c ': starting$' "$LAB_OUT/serial.log")" -gt 1 ] || return 0
	echo "the server started again; before that it said:"
	grep -B 12 ': starting$' "$LAB_OUT/serial.log" | tail -n +2
	grep -A 60 -e 'Triple fault' -e tco_timer_expired "$LAB_OUT/qemu.trace" ||
		echo "(no triple fault, nor the watchdog)"
}

# expect WHAT WANTED GOT: says which value was wrong, with the report's own view of the run.
expect() {
	[ "$2" = "$3" ] && return
	echo "$1: expected '$2', got '$3'"
	jq -r '.verdict, (.verdict_reasons[]? | "  " + .), (.items[] | select(.verdict != "PASS") |
		"\(.verdict) \(.case) \(.subject): \(.measured) \(.reason // "")")' "$LAB_REPORT" || true
	tail -n 5 "$LAB_OUT/serial.log"
	how_it_restarted
	return 1
}

expect_verdict() {
	expect "verdict" "$1" "$(report .verdict)"
	expect "exit status" "$2" "$LAB_STATUS"
}

expect_item() {
	expect "$1 on $2" "$3" "$(item "$1" "$2" verdict)"
}

# The report is valid by the schema that docs/ promises, and agrees with its journal.
expect_valid() {
	python3 -W ignore -m jsonschema -i "$LAB_REPORT" "$BATS_TEST_DIRNAME/../../docs/report.schema.json"
	jq -e '([.items[].verdict] | length) == ([.counts[]] | add)' "$LAB_REPORT" >/dev/null
}

# module NAME FILE: a module of the appliance's kernel, uncompressed.
module() {
	mkdir -p "$(dirname "$2")"
	find /lib/modules -name "$1.ko*" -exec xz -dc {} \; >"$2"
	[ -s "$2" ]
}
