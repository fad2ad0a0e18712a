#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The serial cable is where the kernel command line does not say: the report gets there.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

CASES="vfproof.cases=host_iommu_on vfproof.stick_wait_s=0"

# The console that is read is the second port; the kernel knows of the first.
on_the_second_port() {
	tr -d '\r' <"$LAB_OUT/serial.log" >"$LAB_OUT/lines.log" # a port sends CR LF
	grep -q ': starting$' "$LAB_OUT/lines.log"
	grep -q 'serial: ttyS0 has these lines (console=)' "$LAB_OUT/lines.log"
	grep -q "serial: ttyS1 has these lines, $1" "$LAB_OUT/lines.log"
	expect "result line" 1 "$(grep -c '^VFPROOF-RESULT: INCOMPLETE pass=1' "$LAB_OUT/lines.log")"
	expect "init's last word" 1 "$(grep -c '^vfproof: end: power off' "$LAB_OUT/lines.log")"
}

@test "the only cable is on the second port" {
	lab_boot second-serial second-serial --stick none --append "$CASES"
	on_the_second_port 'at 115200 baud (it answers)'
}

@test "firmware names the second port, and its speed" {
	lab_boot spcr-serial spcr-serial --stick none --append "$CASES"
	on_the_second_port 'at 57600 baud (SPCR)'
}

@test "a port that is named is the only one" {
	lab_boot named-serial second-serial --stick none --append "$CASES vfproof.serial=ttyS1:9600"
	grep -q 'serial: ttyS1 has these lines, at 9600 baud (serial=)' "$LAB_OUT/serial.log"
	run -1 grep -q 'serial: ttyS0' "$LAB_OUT/serial.log"
	expect "result line" 1 "$(grep -c '^VFPROOF-RESULT: ' "$LAB_OUT/serial.log")"
}
