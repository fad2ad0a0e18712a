#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The full plan on each model of NIC: all is carried out, what fails is what the model deserves (docs/models.md), and it
# takes at most three times as long as the core plan beside it.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

# seconds_of REPORT: from the run's start to its end
seconds_of() {
	jq '(.finished | fromdate) - (.started | fromdate)' "$1"
}

# fails CASE...: these cases FAIL on each port, and no other item is anything but PASS, WARN or SKIP.
fails() {
	expect "what fails" "$*" "$(report '[.items[] | select(.verdict | IN("PASS", "WARN", "SKIP") | not) |
		if .verdict == "FAIL" then .case else "\(.verdict) \(.case)" end] | unique | join(" ")')"
}

# not_applicable CASE...: these are SKIP on a port, for what the device or the host cannot do, and no others.
not_applicable() {
	expect "what is not applicable" "$*" "$(report '[.items[] | select(.verdict == "SKIP") |
		if .required or .reason == "" then "\(.case) without a reason" else .case end] | unique | join(" ")')"
}

# A guest that starts says so in its item's evidence, with the time that it took.
few_boots() {
	local boots
	boots=$(jq --arg s "$1" '[.items[] | select(.subject == $s) | .evidence[] |
		select(.key | endswith("hello_ms"))] | length' "$LAB_REPORT")
	echo "guest boots of $1: $boots"
	[ "$boots" -ge 3 ] && [ "$boots" -le 16 ] || expect "guest boots of $1" "3 to 16" "$boots"
}

# whole SCENARIO: the core plan for comparison, then the full one.
whole() {
	local core full
	lab_boot "core-$1" "$1" --deadline 2400
	core=$(seconds_of "$LAB_REPORT")
	lab_boot "full-$1" "$1" --deadline 5400 --append vfproof.plan=full
	expect_valid
	full=$(seconds_of "$LAB_REPORT")
	echo "$1: core $core s, full $full s"
	[ "$full" -le $((3 * core)) ] || expect "seconds of the full plan" "at most three times $core" "$full"
}
