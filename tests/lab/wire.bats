#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Switches that keep ports waiting, keep them apart, or let one address pass.

# bats file_tags=apart

load lab

# The run is INCOMPLETE because not all cases were to be run, and for no other reason.
only_narrowed() {
	expect_verdict INCOMPLETE 2
	expect_valid
	expect "reasons" 1 "$(report '.verdict_reasons | length')"
}

# bats test_tags=minutes:6
@test "late-switch: ports that forward 30 s after their link came up find each other, and nothing is lost" {
	lab_boot late-switch late-switch --append "vfproof.cases=nic_link,vf_create_max,assign_vf,assign_pf"
	only_narrowed
	expect "peers" "$PF1 $PF0" "$(report '[.nics[].peer] | join(" ")')"
	for pf in "$PF0" "$PF1"; do
		expect_item assign_vf "$pf" PASS
		expect_item assign_pf "$pf" PASS
	done
	# What needs no other port did not wait for it.
	expect "events before the peers were known" true "$(jq -s '[.[] | .ev] | index("wire") > index("end")' \
		"$LAB_OUT/report/journal.jsonl")"
}

# bats test_tags=minutes:3
@test "two-wires: INCOMPLETE, the cases that need the wire say what to look at" {
	lab_boot two-wires two-wires --append "vfproof.cases=nic_link,assign_vf,assign_pf"
	expect_verdict INCOMPLETE 2
	expect_valid
	expect_item assign_vf "$PF0" WARN
	expect "label" wire_silent "$(item assign_vf "$PF0" label)"
	expect_item assign_pf "$PF0" SKIP
	expect "required" true "$(item assign_pf "$PF0" required)"
	[[ $(item assign_pf "$PF0" reason) == *"$PF1 has a carrier too"*"spanning tree"*wire=none* ]]
	report '.verdict_reasons[]' | grep -q "assign_pf $PF0 was skipped"
}

# bats test_tags=minutes:3
@test "two-wires with wire=none: the cases that need the wire are not applicable" {
	lab_boot two-wires-none two-wires --append "vfproof.cases=nic_link,assign_vf,assign_pf vfproof.wire=none"
	only_narrowed
	expect_item assign_vf "$PF0" PASS
	expect_item assign_pf "$PF0" SKIP
	expect "required" false "$(item assign_pf "$PF0" required)"
}

# bats test_tags=minutes:8
@test "mac-limit: what port security drops is a WARN of the VF that names the switch, the PF passes" {
	lab_boot mac-limit mac-limit --append "vfproof.cases=nic_link,assign_vf,assign_pf,tap_pf_vepa_novhost"
	only_narrowed
	for pf in "$PF0" "$PF1"; do
		expect_item assign_vf "$pf" WARN
		expect "label" wire_mac_lost "$(item assign_vf "$pf" label)"
		[[ $(item assign_vf "$pf" fix) == *"port security"* ]]
		expect_item assign_pf "$pf" PASS
		expect_item tap_pf_vepa_novhost "$pf" WARN
	done
}
