#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Deliberate faults: each must end in the right verdict for the right item, so that a green run means
# something. A run with a fault in force can never be QUALIFIED.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

# The plan is narrowed to what the fault needs; that alone makes a run INCOMPLETE at best.
fault() {
	lab_boot "fault-$1" one-port --append "vfproof.fault=$1:$2 vfproof.cases=host_iommu_on,$3 ${4:-}"
	expect_valid
}

@test "an agent that corrupts a payload fails the assignment" {
	fault agent_corrupt assign_vf assign_vf
	expect_verdict "NOT QUALIFIED" 1
	expect_item host_iommu_on host PASS
	expect_item assign_vf "$PF0" FAIL
	expect "label" traffic_corrupt "$(item assign_vf "$PF0" label)"
}

# bats test_tags=minutes:1, full
@test "a VF that never gets a link fails the assignment" {
	fault no_link assign_vf assign_vf
	expect_verdict "NOT QUALIFIED" 1
	expect_item assign_vf "$PF0" FAIL
	expect "label" guest_no_link "$(item assign_vf "$PF0" label)"
}

# bats test_tags=minutes:1, full
@test "a guest that never answers fails the assignment, with its console in the report" {
	fault agent_mute assign_vf assign_vf
	expect_verdict "NOT QUALIFIED" 1
	expect_item assign_vf "$PF0" FAIL
	expect "label" guest_no_answer "$(item assign_vf "$PF0" label)"
	# Without the device, and without the fault, the same guest answers.
	item assign_vf "$PF0" 'evidence[] | select(.key == "guest.control") | .value' | grep -q works
	[ "$(item assign_vf "$PF0" 'console | length')" -gt 0 ]
}

# bats test_tags=full
@test "a guest that panics fails the assignment, with the panic in the report" {
	fault agent_exit assign_vf assign_vf
	expect_verdict "NOT QUALIFIED" 1
	expect_item assign_vf "$PF0" FAIL
	expect "label" guest_died "$(item assign_vf "$PF0" label)"
	item assign_vf "$PF0" 'console[]' | grep -q 'Kernel panic'
}

@test "a host with too little memory for its guests is an error of its own, and no card's" {
	lab_boot small-host intel-igb --memory 1100 --append \
		"vfproof.cases=host_iommu_on,assign_vf_max vfproof.guest_memory_mb=400 vfproof.parallel=2"
	expect_valid
	expect_verdict INCOMPLETE 2
	for pf in "$PF0" "$PF1"; do
		expect_item assign_vf_max "$pf" ERROR
		expect "label" out_of_memory "$(item assign_vf_max "$pf" label)"
		item assign_vf_max "$pf" reason | grep -q 'does not fit'
	done
}

@test "a runner killed in mid-run: that item CRASHED, the others are carried out" {
	fault runner_kill vf_create_max "vf_create_one,vf_create_max,vf_destroy"
	expect_verdict "NOT QUALIFIED" 1
	expect_item vf_create_one "$PF0" PASS
	expect_item vf_create_max "$PF0" CRASHED
	expect_item vf_destroy "$PF0" PASS
}

@test "a power cut in mid-run: the next boot goes on, and the item that had begun is CRASHED" {
	local plan="vfproof.cases=host_cpu_virt,vf_create_one,vf_create_max,vf_destroy"
	# Within a second of the first item: the folder and its journal were written a moment before.
	lab_boot power-cut one-port --append "$plan" --cut ') vf_create_one '
	expect "exit status of the run that was cut" 3 "$LAB_STATUS"
	lab_boot power-cut one-port --append "$plan" --stick keep
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect_item host_cpu_virt host PASS
	expect_item vf_create_one "$PF0" CRASHED
	expect_item vf_create_max "$PF0" PASS
	expect_item vf_destroy "$PF0" PASS
	[ -n "$(item vf_create_one "$PF0" fix)" ]
}

# bats test_tags=minutes:2
@test "finish=hold keeps the server on, with the result on its console" {
	lab_boot hold no-nic --append vfproof.finish=hold --deadline 90
	grep -q '^VFPROOF-RESULT: INCOMPLETE' "$LAB_OUT/serial.log"
	grep -q 'end: hold' "$LAB_OUT/serial.log"
	run ! grep -q 'Power down' "$LAB_OUT/serial.log"
}

# bats test_tags=minutes:1
@test "finish=shell gives a shell, finish=reboot boots again" {
	lab_boot shell no-nic --append vfproof.finish=shell --cut 'built-in shell'
	grep -q 'end: shell' "$LAB_OUT/serial.log"
	run ! grep -q "can't execute" "$LAB_OUT/serial.log"
	lab_boot reboot no-nic --append vfproof.finish=reboot --cut 'reboot: Restarting system'
	grep -q 'end: reboot' "$LAB_OUT/serial.log"
}

@test "an unknown setting is named and makes the run INCOMPLETE" {
	lab_boot bad-setting no-nic --append "vfproof.finnish=reboot vfproof.guest_memory_mb=lots"
	expect_verdict INCOMPLETE 2
	expect_valid
	report '.settings.problems[]' | grep -q finnish
	report '.settings.problems[]' | grep -q guest_memory_mb
}

@test "without a stick the run goes on and says so" {
	lab_boot no-stick no-nic --stick none --append vfproof.stick_wait_s=1
	grep -q '^VFPROOF-RESULT: INCOMPLETE' "$LAB_OUT/serial.log"
	grep -qi 'stick' "$LAB_OUT/serial.log"
}

# bats test_tags=minutes:1
@test "ext4 and exFAT sticks take the report too" {
	for kind in ext4 exfat; do
		lab_boot "stick-$kind" no-nic --stick "$kind"
		expect_verdict INCOMPLETE 2
		expect_valid
	done
}

@test "vfproof.conf on the stick is read, and the command line wins over it" {
	out=$BATS_TEST_DIRNAME/../../build/lab/conf
	mkdir -p "$out"
	printf 'guest_memory_mb = 300\nlog = verbose\nno_such_setting = 1\n' >"$out/vfproof.conf"
	"$BATS_TEST_DIRNAME/../../scripts/lab/stick" make "$out/stick.img" fat
	"$BATS_TEST_DIRNAME/../../scripts/lab/stick" put "$out/stick.img" "$out/vfproof.conf"
	lab_boot conf no-nic --stick keep --append vfproof.log=normal
	expect_verdict INCOMPLETE 2
	expect "guest_memory_mb" 300 "$(report .settings.guest_memory_mb)"
	expect "log" normal "$(report .settings.log)"
	report '.settings.problems[]' | grep -q no_such_setting
}
