#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Healthy servers: every case is carried out on every port, and what a device cannot do is skipped with
# its reason and nothing else.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

# What a device truly cannot do.
IGB_SKIPS="tap_vf_private_novhost tap_vf_private_vhost"
ONE_PORT_SKIPS="assign_pf assign_pf_vf tap_pf_private_novhost tap_pf_private_vhost tap_vf_private_novhost"
ONE_PORT_SKIPS+=" tap_vf_private_vhost"
VIRTIO_SKIPS="assign_pf assign_pf_vf neg_bad_addr_pf plug_pf vf_create_param vf_param_over"

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

# The same for some of the cases: such a run is INCOMPLETE, for that reason only.
narrowed() {
	lab_boot "$1" "$2" --append "vfproof.cases=$5 ${6:-}"
	expect_verdict INCOMPLETE 2
	expect_valid
	expect "reasons" 1 "$(report '.verdict_reasons | length')"
	expect "iommu" "$3" "$(report .iommu.kind)"
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
	if [ "$boots" -lt 3 ] || [ "$boots" -gt 12 ]; then
		expect "guest boots of $1" "3 to 12" "$boots"
	fi
}

# Every guest's QEMU ran without any right of root's, as the kernel said of its process.
confined() {
	expect "rights of QEMU" "user 900, capabilities 0, no_new_privs 1, seccomp filter" "$(jq -r '[.items[] |
		.evidence[] | select(.key == "guest.qemu") | .value | sub("^[^,]*: "; "")] | unique | join("; ")' \
		"$LAB_REPORT")"
}

# bats test_tags=with:intel-igb, minutes:9
@test "intel-igb is QUALIFIED: the whole core set on both ports" {
	healthy intel-igb intel-igb intel 108 --deadline 2400
	confined
	for pf in "$PF0" "$PF1"; do
		skipped_on "$pf" "$IGB_SKIPS"
		few_boots "$pf"
		traffic_both_ways "$pf"
	done
	expect "peers" "$PF1 $PF0" "$(report '[.nics[].peer] | join(" ")')"
	expect "driver" igb "$(report '.nics[0].driver')"
	expect "VFs by capability and driver" "8 7" "$(report '.nics[0] | "\(.total_vfs_capability) \(.total_vfs)"')"
	expect "host serial" LAB-0001 "$(report .host.serial)"
}

# bats test_tags=minutes:8, full
@test "amd-82599 is QUALIFIED: the whole core set on both ports, and none that it cannot do" {
	healthy amd-82599 amd-82599 amd 108 --deadline 2400
	confined
	for pf in "$PF0" "$PF1"; do
		skipped_on "$pf" ""
		traffic_both_ways "$pf"
	done
	expect "driver" ixgbe "$(report '.nics[0].driver')"
	expect "VFs by capability and driver" "8 8" "$(report '.nics[0] | "\(.total_vfs_capability) \(.total_vfs)"')"
}

# The whole core set on intel-82599 is a part of make bench, and rows of truth.bats run on it.
# bats test_tags=minutes:2
@test "amd-igb, quick plan: QUALIFIED" {
	healthy amd-igb amd-igb amd 21 --append vfproof.plan=quick
}

# bats test_tags=with:intel-igb
@test "intel-igb: the serial console has whole lines and ends with one result line" {
	out=$BATS_TEST_DIRNAME/../../build/lab/intel-igb
	[ "$(grep -c '^VFPROOF-RESULT: QUALIFIED ' "$out/serial.log")" -eq 1 ]
	# A kernel line that mixed into one of ours would leave its time stamp in mid-line; those that the
	# runner quotes follow their "<level>".
	run ! grep -nE '^\[ *[0-9]+\.[0-9]{3}\].*[^>]\[ *[0-9]+\.[0-9]{6}\]' "$out/serial.log"
}

# bats test_tags=with:intel-igb
@test "intel-igb: the usual forms of the report and the journal are on the stick" {
	out=$BATS_TEST_DIRNAME/../../build/lab/intel-igb
	for file in report.json report.txt report.html junit.xml journal.jsonl; do
		[ -s "$out/report/$file" ]
	done
	grep -q QUALIFIED "$out/report/report.txt"
	"$BATS_TEST_DIRNAME/../../build/bin/vfproof" report "$out/report/journal.jsonl" --form json |
		jq -e '.verdict == "QUALIFIED"' >/dev/null
}

# bats test_tags=minutes:4, full
@test "intel-virtio is QUALIFIED: the whole core set" {
	healthy intel-virtio intel-virtio intel 58
	skipped_on "$PF0" "$VIRTIO_SKIPS"
}

# bats test_tags=minutes:1
@test "intel-virtio, quick plan: QUALIFIED, the wire is said not to have been tested" {
	healthy intel-virtio-quick intel-virtio intel 14 --append vfproof.plan=quick
	expect "peer" null "$(report '.nics[0].peer')"
	grep -q 'wire was not tested' "$LAB_OUT/report/report.txt"
}

# bats test_tags=minutes:1
@test "one-port: the wire is said not to have been tested, the NIC's own switch is" {
	narrowed one-port one-port intel 13 'host_iommu_on,nic_*,assign_vf,assign_pf,assign_pf_vf,tap_*_private_*,tap_vf_bridge_vhost'
	skipped_on "$PF0" "$ONE_PORT_SKIPS"
	grep -q 'wire was not tested' "$LAB_OUT/report/report.txt"
}

# bats test_tags=minutes:3
@test "four-ports, quick plan: QUALIFIED, each port finds the other end of its wire" {
	healthy four-ports-quick four-ports intel 35 --append vfproof.plan=quick
	expect "peers" "0000:02:00.0 0000:01:00.0 0000:04:00.0 0000:03:00.0" "$(report '[.nics[].peer] | join(" ")')"
	expect "settings" quick "$(report .settings.plan)"
	grep -q '^VFPROOF-RESULT: QUALIFIED plan=quick ' "$LAB_OUT/serial.log"
}
