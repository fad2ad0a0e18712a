#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The three healthy servers are QUALIFIED, and every case was really carried out on every port.

bats_require_minimum_version 1.5.0
load lab

healthy() {
	lab_boot "$1" "$1" "${@:4}"
	expect_verdict QUALIFIED 0
	expect_valid
	expect "failures" "0" "$(report '[.items[] | select(.verdict | IN("PASS", "WARN", "SKIP") | not)] | length')"
	expect "iommu" "$2" "$(report .iommu.kind)"
	expect "interrupt remapping" true "$(report .iommu.irq_remap)"
	expect "items" "$3" "$(report '.items | length')"
}

# PASS, or WARN: a machine as busy as this one may make a driver complain, which is not the case's.
each_pf() {
	local pf case
	for pf in "$@"; do
		for case in nic_driver vf_create_one vf_create_max vf_over_max vf_change_busy vf_destroy \
			vf_bind_vfio vf_host_driver assign_vf assign_vf_multi; do
			[ "$(item "$case" "$pf" verdict)" = WARN ] || expect_item "$case" "$pf" PASS
		done
	done
}

# Frames that came back from the guest and were right, in every traffic evidence of an item.
traffic_both_ways() {
	jq -e --arg s "$1" '[.items[] | select(.case == "assign_vf" and .subject == $s) | .evidence[] |
		select(.key | startswith("traffic"))] | length > 0' "$LAB_REPORT" >/dev/null
}

@test "intel-igb is QUALIFIED, on both ports" {
	healthy intel-igb intel 31
	each_pf "$PF0" "$PF1"
	traffic_both_ways "$PF0"
	traffic_both_ways "$PF1"
	expect "driver" igb "$(report '.nics[0].driver')"
	expect "VFs by capability and driver" "8 7" "$(report '.nics[0] | "\(.total_vfs_capability) \(.total_vfs)"')"
	expect "host serial" LAB-0001 "$(report .host.serial)"
}

@test "intel-igb: the serial console has whole lines and ends with one result line" {
	out=$BATS_TEST_DIRNAME/../../build/lab/intel-igb
	[ "$(grep -c '^VFPROOF-RESULT: QUALIFIED ' "$out/serial.log")" -eq 1 ]
	# A kernel line that mixed into one of ours would leave its time stamp in mid-line; those that the
	# runner quotes follow their "<level>".
	run ! grep -nE '^\[ *[0-9]+\.[0-9]{3}\].*[^>]\[ *[0-9]+\.[0-9]{6}\]' "$out/serial.log"
}

@test "intel-igb: every form of the report and the journal are on the stick" {
	out=$BATS_TEST_DIRNAME/../../build/lab/intel-igb
	for file in report.json report.txt journal.jsonl; do
		[ -s "$out/report/$file" ]
	done
	grep -q QUALIFIED "$out/report/report.txt"
	"$BATS_TEST_DIRNAME/../../build/bin/vfproof" report "$out/report/journal.jsonl" --form json |
		jq -e '.verdict == "QUALIFIED"' >/dev/null
}

@test "amd-igb is QUALIFIED, on both ports" {
	healthy amd-igb amd 31
	each_pf "$PF0" "$PF1"
}

@test "intel-virtio is QUALIFIED" {
	healthy intel-virtio intel 19
	each_pf "$PF0"
}
