#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Ports that a switch keeps apart. What else switches do is in the table of truths (tests/truth/switches.ini).

# bats file_tags=apart

load lab

# The run is INCOMPLETE because not all cases were to be run, and for no other reason.
only_narrowed() {
	expect_verdict INCOMPLETE 2
	expect_valid
	expect "reasons" 1 "$(report '.verdict_reasons | length')"
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
