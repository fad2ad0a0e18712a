#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ports without a cable: what is tried, what is not, and what is said of it.

# bats file_tags=apart

load lab

# boot_unplugged NAME SETTINGS: the second port's cable is out from the beginning.
boot_unplugged() {
	lab_boot "$1" intel-igb --at ": starting" "set_link name=wire1 up=false" --append "$2"
}

# bats test_tags=minutes:2
@test "a port without a cable: what needs a link is SKIP, all else is tried, and the run says what to do" {
	boot_unplugged no-cable "vfproof.cases=nic_*,vf_create_max,vf_destroy,vf_host_driver,assign_vf,assign_vf_max"
	expect_verdict INCOMPLETE 2
	expect_valid
	for case in nic_link nic_traffic vf_destroy vf_host_driver assign_vf assign_vf_max; do
		expect_item "$case" "$PF0" PASS
		expect_item "$case" "$PF1" SKIP
		expect "label of $case" no_link "$(item "$case" "$PF1" label)"
	done
	expect_item nic_driver "$PF1" PASS
	expect_item nic_pcie "$PF1" PASS
	expect_item vf_create_max "$PF1" PASS
	# As far as it goes without a link.
	[[ $(item vf_destroy "$PF1" reason) == *"All but this was tried"* ]]
	[[ $(item vf_host_driver "$PF1" reason) == *"All but this was tried"* ]]
	[[ $(item assign_vf "$PF1" reason) == *"All but this was tried"* ]]
	item assign_vf "$PF1" 'evidence[] | select(.key == "guest.netdev") | .value' | grep -q "VF 0: eth0, igbvf"
	[[ $(item nic_link "$PF1" cause) == *"no cable, or the far end is off"* ]]
	# The link is waited for once, by whichever comes first (what starts a guest may take long by itself).
	jq -e --arg s "$PF1" '[.items[] | select(.subject == $s and .verdict == "SKIP" and .duration_s > 50 and
		(.case | startswith("assign") | not))] | length <= 1' "$LAB_REPORT"
	# One reason for all of it, first; the other is that not all cases were to be run.
	expect "reasons" 2 "$(report '.verdict_reasons | length')"
	[[ $(report '.verdict_reasons[0]') == "port $PF1 has no link, and 6 items need one: connect it"* ]]
	report '.verdict_reasons[1]' | grep -q cases
}

# bats test_tags=minutes:2
@test "ports=linked leaves it out: QUALIFIED for the other, and every form says that it is not certified" {
	boot_unplugged linked "vfproof.ports=linked vfproof.plan=quick vfproof.reports=all"
	expect_verdict QUALIFIED 0
	expect_valid
	expect "items of the port" 0 "$(jq --arg s "$PF1" '[.items[] | select(.subject == $s)] | length' "$LAB_REPORT")"
	expect "not certified" "$PF1: left out, no link (Intel 82576 Gigabit)" "$(report '.not_certified[]')"
	for form in report.txt report.html junit.xml report.ktap ocp.jsonl; do
		grep -q "$PF1: left out, no link" "$LAB_OUT/report/$form" || expect "in $form" "left out, no link" nothing
	done
	grep -q "TEST_CASE_ID=not_certified_0000_02_00_0 RESULT=skip" "$LAB_OUT/report/lava.txt"
	grep -q "^VFPROOF-RESULT: QUALIFIED plan=quick .* not_certified=1" <(tr -d '\r' <"$LAB_OUT/serial.log")
}
