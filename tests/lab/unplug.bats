#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A card that is taken out in mid-run: that is the finding of the item in which it goes, and what it keeps from being tested
# says so.

load lab

LEFT="$PF0 has left the bus"

setup_file() {
	lab_boot unplug hot-slots --at ") assign_vf $PF0" 'device_del id=pf0' --append \
		'vfproof.cases=host_iommu_on,nic_driver,vf_create_max,vf_destroy,assign_vf_multi,assign_vf,assign_pf,plug_pf'
}

# left_the_bus CASE: FAIL, with the slot's words among the kernel's, and as a further cause.
left_the_bus() {
	expect_item "$1" "$PF0" FAIL
	expect "label" port_gone "$(item "$1" "$PF0" label)"
	expect "measured" "$LEFT" "$(item "$1" "$PF0" measured)"
	item "$1" "$PF0" 'kernel_log[]' | grep -q 'pciehp: Slot(1): ' ||
		expect "kernel log" "the slot" "$(item "$1" "$PF0" 'kernel_log')"
	expect "also" slot_switched_off "$(item "$1" "$PF0" 'also[] | select(.label == "slot_switched_off") | .label')"
}

# skipped_for_it PORT CASE...
skipped_for_it() {
	local port=$1 case
	shift
	for case in "$@"; do
		expect_item "$case" "$port" SKIP
		expect "reason of $case" "$LEFT" "$(item "$case" "$port" reason)"
	done
}

# bats test_tags=minutes:3
@test "the item in which the card goes: FAIL, left the bus, with what the slot said" {
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	left_the_bus assign_vf
	expect "failures" 1 "$(report '[.items[] | select(.verdict | IN("PASS", "SKIP") | not)] | length')"
}

@test "the port's later items, and those of its peer that need it: SKIP, with the reason" {
	skipped_for_it "$PF0" assign_pf plug_pf
	skipped_for_it "$PF1" assign_vf assign_pf plug_pf
}

@test "the other port's own items pass" {
	for case in nic_driver vf_create_max vf_destroy assign_vf_multi; do
		expect_item "$case" "$PF1" PASS
	done
}

# The slot goes off when the guest has let go of its VFs.
# bats test_tags=minutes:3
@test "a card that goes while a guest has its VFs" {
	lab_boot unplug-guest hot-slots --at ") plug_cycle $PF0" 'device_del id=pf0' --append \
		'vfproof.cases=host_iommu_on,nic_driver,assign_vf_multi,plug_qmp,plug_cycle,assign_vf'
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect "failures" 1 "$(report '[.items[] | select(.verdict | IN("PASS", "SKIP") | not)] | length')"
	expect_item plug_qmp "$PF0" PASS
	left_the_bus plug_cycle
	skipped_for_it "$PF0" assign_vf
	skipped_for_it "$PF1" assign_vf
	for case in nic_driver assign_vf_multi plug_qmp plug_cycle; do
		expect_item "$case" "$PF1" PASS
	done
}
