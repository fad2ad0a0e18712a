#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What breaks beside the NICs: docs/survival.md.

load lab

TOP=$BATS_TEST_DIRNAME/../..

@test "survive: without a stick three boots that come to nothing are followed by hold" {
	rm -rf "$TOP/build/lab/boot-loop"
	lab_boot boot-loop no-nic --stick none --deadline 300 \
		--append "vfproof.stick_wait_s=1 vfproof.finish=reboot" \
		--at ": 0 before this one" system_reset --at ": 1 before this one" system_reset \
		--at ": 2 before this one" system_reset --at "end: hold" quit
	grep "before this one" "$LAB_OUT/serial.log"
	grep -q "given up: 3 boots in a row have begun a run that did not end" "$LAB_OUT/serial.log"
	grep -q "end: hold" "$LAB_OUT/serial.log"
	[ "$(grep -c ': starting' "$LAB_OUT/serial.log")" -eq 4 ]
}

@test "survive: a stick that is pulled out in mid-run and put back has the whole report" {
	rm -rf "$TOP/build/lab/stick-back"
	lab_boot stick-back intel-igb --append "vfproof.cases=host_iommu_on,nic_driver,nic_link,vf_create_max" \
		--at ") nic_driver $PF0" "device_del id=report" --at "THE STICK WAS PULLED OUT" \
		"hmp drive_add 0 if=none,id=back,format=raw,file=/src/build/lab/stick-back/stick.img,file.locking=off" \
		--at meanwhile "device_add driver=usb-storage id=back bus=xhci.0 drive=back"
	expect_verdict INCOMPLETE 2
	expect_valid
	expect_item vf_create_max "$PF1" PASS
	[ "$(report .journal_damaged)" = false ]
	notes=$(report '.notes[]')
	echo "$notes"
	grep -q "it was pulled out" <<<"$notes"
	grep -q "there is a stick again" <<<"$notes"
	[[ $(report .stored) == "reports/run0001-LAB-0001-"*" on the stick" ]]
	grep -q '"ev":"finish"' "$LAB_OUT/report/journal.jsonl"
}
