#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Every boot ends, and stays ended; what a kernel said when it died is in the report.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

CASES="vfproof.cases=host_iommu_on,vf_create_one,vf_destroy"

# bats test_tags=minutes:3
@test "a host whose kernel panics goes on, with its last words in the item that was under way" {
	lab_boot host-panic one-port --append \
		"reserve_mem=1M:4096:oops vfproof.fault=host_panic:vf_create_one vfproof.reports=text,json,lava $CASES"
	expect_valid
	expect_verdict "NOT QUALIFIED" 1
	expect "starts" 2 "$(grep -c ': starting' "$LAB_OUT/serial.log")"
	expect_item host_iommu_on host PASS
	expect_item vf_create_one "$PF0" CRASHED
	[[ $(item vf_create_one "$PF0" measured) == *"Kernel panic - not syncing: sysrq triggered crash"* ]]
	item vf_create_one "$PF0" 'kernel_log[]' | grep -q 'sysrq: Trigger a crash'
	expect_item vf_destroy "$PF0" PASS
	# What LAVA is told goes on over the boots: each item once, in the order in which they ended.
	signals=$(tr -d '\r' <"$LAB_OUT/serial.log" | sed -n 's/^<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=\(.*\) MEAS.*/\1/p')
	expect "signals of items" "host_iommu_on_host RESULT=pass vf_create_one_0000_01_00_0 RESULT=fail vf_destroy_0000_01_00_0 RESULT=pass" \
		"$(grep -vE '^(level|count|verdict)_' <<<"$signals" | paste -sd' ')"
	expect "signals of the verdict" "verdict_run RESULT=fail" "$(grep '^verdict_' <<<"$signals")"
}

# bats test_tags=minutes:4
@test "the watchdog is quiet after the runner's fourth death" {
	# Twice the watchdog's time after the end.
	lab_boot four-deaths one-port --stick none --deadline 210 --append \
		"vfproof.finish=hold vfproof.stick_wait_s=0 vfproof.fault=runner_kill
		vfproof.cases=host_cpu_virt,host_iommu_on,vf_create*"
	expect "deaths" 4 "$(grep -c 'the runner died (status' "$LAB_OUT/serial.log")"
	expect "result lines" 1 "$(grep -c '^VFPROOF-RESULT: ' "$LAB_OUT/serial.log")"
	tail -n 1 "$LAB_OUT/serial.log" | grep -q 'end: hold'
	run ! grep -q tco_timer_expired "$LAB_OUT/qemu.trace"
}

# bats test_tags=minutes:2
@test "the process of an item that is stopped is ended, and the run goes on" {
	lab_boot stopped one-port --append "vfproof.fault=runner_stop:vf_create_one $CASES"
	expect_valid
	expect_item vf_create_one "$PF0" CRASHED
	expect_item vf_destroy "$PF0" PASS
	report '.notes[]' | grep -q 'did nothing any more and was ended'
}
