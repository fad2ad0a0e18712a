#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A card whose driver does not come back from its start: it is named, and everything else is tested. One boot, with an
# igb that hangs when it is bound.

load lab

TOP=$BATS_TEST_DIRNAME/../..
DIR=$TOP/build/lab/hang

setup_file() {
	mkdir -p "$DIR"
	"$TOP/tests/tools/hang-overlay" igb igb_probe "$DIR/overlay.img"
	# Half of the time that drivers are given, which is three minutes. The kernel does not shut a host down whose driver
	# hangs.
	lab_boot hang two-families --initrd "$DIR/overlay.img" --append \
		'vfproof.cases=host_nic_supported,nic_*,vf_create_max,vf_destroy vfproof.timeout_percent=50'
}

# bats test_tags=minutes:3
@test "a driver that hangs while it starts: NOT QUALIFIED, and its port says so" {
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect_item nic_driver "$PF1" FAIL
	expect "label" driver_hangs "$(item nic_driver "$PF1" label)"
	[[ $(item nic_driver "$PF1" measured) == *igb* ]]
	report '.notes[]' | grep -q "^driver igb ($PF1) hangs while it starts"
}

@test "what needs that driver is skipped, with the reason" {
	for case in vf_create_max vf_destroy; do
		expect_item "$case" "$PF1" SKIP
		[[ $(item "$case" "$PF1" reason) == *"igb, hangs"* ]] ||
			expect "reason of $case" "the driver" "$(item "$case" "$PF1" reason)"
	done
}

@test "the other card is tested as ever, and the run comes to its end" {
	expect "verdicts of $PF0" PASS "$(report "[.items[] | select(.subject == \"$PF0\") | .verdict] | unique | join(\" \")")"
	expect_item vf_destroy "$PF0" PASS
	expect "result lines" 1 "$(grep -c '^VFPROOF-RESULT: ' "$LAB_OUT/serial.log")"
}

@test "the host switches off, though the kernel waits for that driver for good" {
	grep -q 'end: the kernel hangs: trying otherwise' "$LAB_OUT/serial.log"
	expect "restarts" 1 "$(grep -c ': starting' "$LAB_OUT/serial.log")"
	# It was not the lab's deadline that ended it.
	expect "QEMU's words" "" "$(grep terminating "$LAB_OUT/qemu.log")"
}
