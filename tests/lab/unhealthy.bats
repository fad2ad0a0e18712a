#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Servers that cannot be certified: the verdict, the item that says so, its cause and its fix.
# bats file_tags=apart

load lab

@test "no-iommu: INCOMPLETE, with the BIOS settings and kernel parameters of both vendors" {
	lab_boot no-iommu no-iommu --append vfproof.plan=quick
	expect_verdict INCOMPLETE 2
	expect_valid
	expect_item host_iommu_firmware host FAIL
	expect_item host_iommu_on host FAIL
	expect_item assign_vf "$PF0" SKIP
	expect_item assign_vf "$PF1" SKIP
	[ -n "$(item host_iommu_on host cause)" ]
	fix=$(item host_iommu_on host fix)
	for words in VT-d IOMMU intel_iommu=on amd_iommu=on; do
		[[ $fix == *"$words"* ]] || expect "fix names $words" yes "no: $fix"
	done
	grep -q 'intel_iommu=on' "$LAB_OUT/report/report.txt"
}

@test "no-intremap: NOT QUALIFIED, assignment refused with the reason" {
	lab_boot no-intremap no-intremap --append vfproof.plan=quick
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect_item host_iommu_on host PASS
	expect_item host_irq_remap host FAIL
	[ -n "$(item host_irq_remap host cause)" ]
	[ -n "$(item host_irq_remap host fix)" ]
	expect_item vf_create_max "$PF0" PASS
	expect_item assign_vf "$PF0" SKIP
	[[ $(item assign_vf "$PF0" reason) == *"interrupt remapping"* ]]
}

# bats test_tags=minutes:2
@test "no-intremap with unsafe interrupts allowed: at best QUALIFIED (UNSAFE INTERRUPTS)" {
	lab_boot no-intremap-unsafe no-intremap --append "vfproof.unsafe_interrupts=allow vfproof.plan=quick"
	expect_verdict "QUALIFIED (UNSAFE INTERRUPTS)" 0
	expect_valid
	expect "unsafe_interrupts" true "$(report .unsafe_interrupts)"
	expect_item assign_vf "$PF0" PASS
}

# bats test_tags=with:no-nic
@test "no-nic: INCOMPLETE, there was nothing to certify" {
	lab_boot no-nic no-nic --append vfproof.reports=all
	expect_verdict INCOMPLETE 2
	expect_valid
	expect_item host_nic_supported host FAIL
	expect_item host_iommu_on host PASS
	[ -n "$(item host_nic_supported host fix)" ]
}

# The signals are for a program that reads the serial console: whole lines, and the result is the last.
# bats test_tags=with:no-nic
@test "no-nic: reports=all leaves every form on the stick, and LAVA's signals on the serial console" {
	out=$BATS_TEST_DIRNAME/../../build/lab/no-nic
	for file in report.txt report.json report.html junit.xml report.ktap ocp.jsonl lava.txt journal.jsonl; do
		echo "$file"
		[ -s "$out/report/$file" ]
	done
	log=$(tr -d '\r' <"$out/serial.log")
	# Items side by side end in any order.
	diff <(sort "$out/report/lava.txt") <(grep '^<LAVA_SIGNAL_' <<<"$log" | sort)
	grep -E '^(<LAVA_SIGNAL_|VFPROOF-RESULT: )' <<<"$log" | tail -n 2 | head -n 1 | grep '=verdict_run RESULT=unknown '
	grep -E '^(<LAVA_SIGNAL_|VFPROOF-RESULT: )' <<<"$log" | tail -n 1 | grep '^VFPROOF-RESULT: INCOMPLETE '
}

# A host that hangs, crashes or has no time left leaves what was done.
# bats test_tags=with:no-nic
@test "no-nic: each signal comes when its item has ended, and not with the report" {
	log=$(tr -d '\r' <"$BATS_TEST_DIRNAME/../../build/lab/no-nic/serial.log")
	items=$(grep -c '] ([0-9]*/[0-9]*) ' <<<"$log")
	before=$(sed '/] ('"$items\/$items"') /q' <<<"$log")
	expect "signals before the last of $items items" $((items - 1)) "$(grep -c '^<LAVA_SIGNAL_' <<<"$before")"
}

# USB is dead there as well, so that there is no stick, and the server is slow to switch itself off.
# bats test_tags=minutes:3
@test "no DMA gets through: the platform is blamed, with each port as its effect" {
	lab_boot no-dma amd-nodma --stick none --cut VFPROOF-RESULT --deadline 600 --append \
		'vfproof.cases=host_iommu_on,nic_driver,nic_link,nic_traffic vfproof.log=verbose'
	log=$(tr -d '\r' <"$LAB_OUT/serial.log")
	for pf in "$PF0" "$PF1"; do
		grep -q "FAIL     nic_traffic $pf" <<<"$log" || expect "nic_traffic of $pf" FAIL "$log"
	done
	grep -q 'the platform: what devices read and write does not get through' <<<"$log"
}

@test "no-kvm: NOT QUALIFIED, the processor is named, and what needs no guest is tried all the same" {
	lab_boot no-kvm no-kvm --append \
		'vfproof.cases=host_*,nic_*,vf_create_max,vf_host_driver,assign_*,plug_*,neg_*,tap_*'
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect_item host_cpu_virt host FAIL
	[[ $(item host_cpu_virt host fix) == *CPU* ]]
	for pf in "$PF0" "$PF1"; do
		expect_item vf_create_max "$pf" PASS
		expect_item vf_host_driver "$pf" PASS
		for case in assign_vf plug_qmp neg_bad_host tap_pf_bridge_vhost; do
			expect_item "$case" "$pf" SKIP
			[[ $(item "$case" "$pf" reason) == kvm* ]]
		done
	done
}
