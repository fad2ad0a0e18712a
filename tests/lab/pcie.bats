#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Servers whose PCIe keeps VFs or ports from guests: ports that share an IOMMU group, a port above that passes on
# device 0 only.

# bats file_tags=apart
load lab

# A PF case that does not apply, for the reason that the PF is not alone.
not_alone() {
	local case
	for case in assign_pf assign_pf_vf plug_pf neg_bad_addr_pf; do
		expect_item "$case" "$1" SKIP
		expect "$case on $1 is required" false "$(item "$case" "$1" required)"
		[[ $(item "$case" "$1" reason) == *"IOMMU group"* ]] ||
			expect "reason of $case" "the group" "$(item "$case" "$1" reason)"
	done
}

# bats test_tags=full
@test "shared-card: a port that shares its group with its card: VFs go to guests, cases with the port do not apply" {
	lab_boot shared-card shared-card --append \
		'vfproof.cases=host_*,nic_*,vf_create_max,vf_alive,assign_vf,assign_pf,assign_pf_vf,plug_pf,neg_bad_addr_pf'
	expect_verdict INCOMPLETE 2
	expect_valid
	expect "reasons" 1 "$(report '.verdict_reasons | length')"
	expect "peers" "$PF1 $PF0" "$(report '[.nics[].peer] | join(" ")')"
	expect_item host_iommu_group host WARN
	for case in nic_pcie vf_create_max vf_alive assign_vf; do
		expect_item "$case" "$PF1" PASS
	done
	not_alone "$PF1"
	# The other port is alone.
	for case in assign_vf assign_pf assign_pf_vf plug_pf neg_bad_addr_pf; do
		expect_item "$case" "$PF0" PASS
	done
}

@test "shared-port: below a port without ACS neither ports nor VFs go to guests" {
	lab_boot shared-port shared-port --append \
		'vfproof.cases=host_*,nic_*,vf_create_max,assign_vf,assign_pf,assign_pf_vf,plug_pf,neg_bad_addr_pf'
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect_item host_iommu_group host FAIL
	for pf in 0000:03:00.0 0000:04:00.0; do
		expect_item vf_create_max "$pf" WARN
		expect_item assign_vf "$pf" FAIL
		[[ $(item assign_vf "$pf" cause) == *ACS* ]] || expect cause ACS "$(item assign_vf "$pf" cause)"
		not_alone "$pf"
	done
}

# The emulated VFs are there all the same: QEMU's ports pass on every device number.
@test "pci=noari: VFs at device 16 of the port's own bus cannot be reached" {
	lab_boot no-ari intel-igb --append 'pci=noari vfproof.cases=host_*,nic_pcie,vf_create_max,vf_alive'
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	for pf in "$PF0" "$PF1"; do
		expect_item nic_pcie "$pf" FAIL
		expect_item vf_alive "$pf" FAIL
		[[ $(item nic_pcie "$pf" measured) == "0 of 7 VFs can be reached"* ]]
		[[ $(item nic_pcie "$pf" fix) == *noari* ]]
	done
}
