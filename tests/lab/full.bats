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

# only_fails CASE...: no other case FAILs, and each item has come to a verdict.
only_fails() {
	# shellcheck disable=SC2016 # the dollar is jq's
	expect "what else fails" "" "$(report '[.items[] | select(.verdict | IN("PASS", "WARN", "SKIP") | not) |
		if .verdict == "FAIL" then .case else "\(.verdict) \(.case)" end] | unique - $ARGS.positional | join(" ")' \
		--args "$@")"
}

# A guest that starts says so in its item's evidence, with the time that it took.
few_boots() {
	local boots
	boots=$(jq --arg s "$1" '[.items[] | select(.subject == $s) | .evidence[] |
		select(.key | endswith("hello_ms"))] | length' "$LAB_REPORT")
	echo "guest boots of $1: $boots"
	if [ "$boots" -lt 3 ] || [ "$boots" -gt 16 ]; then
		expect "guest boots of $1" "3 to 16" "$boots"
	fi
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

# bats test_tags=minutes:50, full
@test "intel-82599, full plan: nothing fails" {
	whole intel-82599
	only_fails
	few_boots "$PF0"
	few_boots "$PF1"
}

# bats test_tags=minutes:50, full
@test "intel-igb, full plan: what fails is what QEMU's 82576 and igb do not do" {
	whole intel-igb
	only_fails vf_reuse cfg_spoof_mac cfg_spoof_vlan cfg_rate_max cfg_macs cfg_bcast cfg_persist cfg_all iso_irq
	few_boots "$PF0"
	few_boots "$PF1"
}

# bats test_tags=minutes:30, full
@test "intel-virtio, full plan: what fails is that its VFs are all on one hub" {
	whole intel-virtio
	only_fails iso_frames cfg_bcast
	few_boots "$PF0"
}
