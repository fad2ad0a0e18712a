#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The three healthy servers are QUALIFIED, and every case was really carried out on every port.

bats_require_minimum_version 1.5.0
load lab

# What a device truly cannot do.
IGB_SKIPS=""
ONE_PORT_SKIPS=""
VIRTIO_SKIPS=""

# healthy NAME SCENARIO IOMMU ITEMS [option...]: QUALIFIED, and nothing that was not carried out.
healthy() {
	lab_boot "$1" "$2" "${@:5}"
	expect_verdict QUALIFIED 0
	expect_valid
	expect "failures" "0" "$(report '[.items[] | select(.verdict | IN("PASS", "WARN", "SKIP") | not)] | length')"
	expect "iommu" "$3" "$(report .iommu.kind)"
	expect "interrupt remapping" true "$(report .iommu.irq_remap)"
	expect "items" "$4" "$(report '.items | length')"
}

# What a port could not do must be no more and no less than this, each with its reason.
skipped_on() {
	expect "skipped on $1" "$2" "$(jq -r --arg s "$1" '[.items[] | select(.subject == $s and
		.verdict == "SKIP") | .case] | sort | join(" ")' "$LAB_REPORT")"
	expect "skipped on $1 without a reason" 0 "$(jq --arg s "$1" '[.items[] | select(.subject == $s and
		.verdict == "SKIP" and (.reason == "" or .required))] | length' "$LAB_REPORT")"
}

# Frames that came back and were right, in every traffic evidence of an item.
traffic_both_ways() {
	jq -e --arg s "$1" '[.items[] | select(.case == "assign_vf" and .subject == $s) | .evidence[] |
		select(.key | startswith("traffic"))] | length > 0' "$LAB_REPORT" >/dev/null
}

few_boots() {
	local boots
	boots=$(jq --arg s "$1" '[.items[] | select(.subject == $s) | .evidence[] |
		select(.key | endswith("hello_ms"))] | length' "$LAB_REPORT")
	[ "$boots" -ge 4 ] && [ "$boots" -le 12 ] || expect "guest boots of $1" "4 to 12" "$boots"
}

@test "intel-igb is QUALIFIED, on both ports" {
	healthy intel-igb intel-igb intel 103
	for pf in "$PF0" "$PF1"; do
		skipped_on "$pf" "$IGB_SKIPS"
		few_boots "$pf"
	done
	expect "peers" "$PF1 $PF0" "$(report '[.nics[].peer] | join(" ")')"
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
	healthy amd-igb amd-igb amd 103
	skipped_on "$PF0" "$IGB_SKIPS"
	skipped_on "$PF1" "$IGB_SKIPS"
}

@test "intel-virtio is QUALIFIED, the wire is said not to have been tested" {
	healthy intel-virtio intel-virtio intel 55
	skipped_on "$PF0" "$VIRTIO_SKIPS"
	expect "peer" null "$(report '.nics[0].peer')"
	grep -q 'wire was not tested' "$LAB_OUT/report/report.txt"
}

@test "one-port is QUALIFIED, the wire is said not to have been tested" {
	healthy one-port one-port intel 55
	skipped_on "$PF0" "$ONE_PORT_SKIPS"
	grep -q 'wire was not tested' "$LAB_OUT/report/report.txt"
}

@test "four-ports, quick plan: QUALIFIED, each port finds the other end of its wire" {
	healthy four-ports-quick four-ports intel 31 --append vfproof.plan=quick
	expect "peers" "0000:02:00.0 0000:01:00.0 0000:04:00.0 0000:03:00.0" "$(report '[.nics[].peer] | join(" ")')"
	expect "settings" quick "$(report .settings.plan)"
	grep -q '^VFPROOF-RESULT: QUALIFIED plan=quick ' "$LAB_OUT/serial.log"
}
