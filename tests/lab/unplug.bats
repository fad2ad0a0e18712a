#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A card that is taken out while its VF is in a guest: that is the finding, and what it keeps from being tested says so.
# One boot, which the tests below look at.

load lab

setup_file() {
	lab_boot unplug hot-slots --at ") assign_vf $PF0" 'device_del id=pf0' --append \
		'vfproof.cases=host_iommu_on,nic_driver,vf_create_max,vf_destroy,assign_vf,assign_pf,assign_vf_multi,plug_qmp vfproof.parallel=1'
}

# bats test_tags=minutes:5
@test "the item in which the card goes: FAIL, left the bus, with what the slot said" {
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect_item assign_vf "$PF0" FAIL
	expect "label" port_gone "$(item assign_vf "$PF0" label)"
	expect "measured" "$PF0 has left the bus" "$(item assign_vf "$PF0" measured)"
	item assign_vf "$PF0" 'kernel_log[]' | grep -q 'pciehp: Slot(1): ' ||
		expect "kernel log" "the slot" "$(item assign_vf "$PF0" 'kernel_log')"
}

@test "the port's later items, and those of its peer that need it: SKIP, with the reason" {
	for case in assign_pf assign_vf_multi plug_qmp; do
		expect_item "$case" "$PF0" SKIP
		expect "reason of $case" "$PF0 has left the bus" "$(item "$case" "$PF0" reason)"
	done
	for case in assign_vf assign_pf; do
		expect_item "$case" "$PF1" SKIP
		expect "reason of $case" "$PF0 has left the bus" "$(item "$case" "$PF1" reason)"
	done
}

@test "the other port's own items pass" {
	for case in nic_driver vf_create_max vf_destroy assign_vf_multi plug_qmp; do
		expect_item "$case" "$PF1" PASS
	done
}
