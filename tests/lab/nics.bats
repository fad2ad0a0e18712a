#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab's own NICs (scripts/lab/nic) fit this QEMU, and keep away from one that they do not fit.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup() {
	NICS=$BATS_TEST_DIRNAME/../../build/bin/lab-nics.so
	QEMU=$(command -v qemu-system-x86_64)
}

# A QEMU whose code or data differ: changed EXPRESSION, of Perl, over all of it
changed() {
	perl -0777 -pe "$1" "$QEMU" >"$BATS_TEST_TMPDIR/qemu"
	chmod +x "$BATS_TEST_TMPDIR/qemu"
	! cmp -s "$QEMU" "$BATS_TEST_TMPDIR/qemu"
}

# What QEMU says of its devices
list() {
	LD_PRELOAD=$NICS run --separate-stderr "$1" -device "${2:-help}"
	echo "$output" | grep lab- || true
	echo "$stderr"
}

@test "the lab's NICs are devices of this QEMU" {
	list "$QEMU"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	for name in lab-82599 lab-82599-sfp lab-x540; do
		# With the other network devices.
		sed -n '/^Network devices/,/^$/p' <<<"$output" | grep -q "^name \"$name\", bus PCI, desc \"Intel"
	done
}

@test "they have the properties that the documentation names" {
	list "$QEMU" lab-82599,help
	for name in faults mac netdev trace vfs; do
		grep -q "^  $name=" <<<"$output"
		grep -q "^| .*\`$name\`.* |" "$BATS_TEST_DIRNAME/../../docs/lab-nics.md"
	done
}

@test "without them, another program is as it was" {
	LD_PRELOAD=$NICS run --separate-stderr timeout 5 echo well
	[ "$output" = well ]
	[ -z "$stderr" ]
}

@test "a QEMU of another version has none, and says why" {
	# The version is a pair of numbers in the program's constants: 11 and 1.
	changed 's/\x0b\0{7}\x01\0{7}/\x0c\0\0\0\0\0\0\0\x00\0\0\0\0\0\0\0/g'
	list "$BATS_TEST_TMPDIR/qemu"
	grep -q 'tried with QEMU 11.1, and this is 12.0' <<<"$stderr"
	grep -q 'docs/lab-nics.md, "Another QEMU"' <<<"$stderr"
	run ! grep -q lab-82599 <<<"$output"
	list "$BATS_TEST_TMPDIR/qemu" lab-82599
	[ "$status" -ne 0 ]
}

@test "a QEMU without one of the functions has none, and says which" {
	changed 's/\0pcie_sriov_pf_init\0/\0pcie_sriov_pf_make\0/g'
	list "$BATS_TEST_TMPDIR/qemu"
	grep -q 'no function pcie_sriov_pf_init()' <<<"$stderr"
	run ! grep -q lab-82599 <<<"$output"
}

@test "a QEMU whose classes are not as known ends before it is harmed" {
	# Its igb has another description.
	changed 's/Intel 82576 Gigabit Ethernet Controller/Intel 82576 Gigabit Ethernet controller/g'
	list "$BATS_TEST_TMPDIR/qemu"
	[ "$status" -eq 1 ]
	grep -q "description of QEMU's igb is nowhere" <<<"$stderr"
}

@test "a fault that does not exist is refused by name" {
	LD_PRELOAD=$NICS run "$QEMU" -M q35 -display none -nodefaults -device lab-82599,faults=drop:5+dorp
	echo "$output"
	[ "$status" -ne 0 ]
	grep -q "there is no fault 'dorp'" <<<"$output"
	LD_PRELOAD=$NICS run "$QEMU" -M q35 -display none -nodefaults -device lab-82599,vfs=64
	grep -q "has at most 63 VFs" <<<"$output"
}
