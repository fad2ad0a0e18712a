#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a power cut leaves on the stick: docs/checking.md.

load lab

TOP=$BATS_TEST_DIRNAME/../..

# power_cuts [option...]: of the server that was booted here
power_cuts() {
	"$TOP/tests/tools/power-cuts" "$LAB_OUT/writes" "$LAB_OUT/writes.before" "$TOP/build/bin/vfproof" "$@"
}

# bats test_tags=minutes:1
@test "power cuts: 100 of them leave a sound stick, a journal with all that was finished, and the right blame" {
	lab_boot power-cuts one-port --log-writes "$TOP/build/lab/power-cuts/writes" \
		--append "vfproof.cases=host_iommu_*,nic_driver,nic_link,vf_create_one"
	expect_item vf_create_one "$PF0" PASS
	# With a key that was made on the stick, and stays there.
	[ "$(report .signer.origin)" = stick ]
	"$TOP/build/out/vfproof" report --verify "$LAB_OUT/report"
	mcopy -i "$LAB_OUT/stick.img" ::/vfproof.pub "$LAB_OUT/stick.pub"
	minisign -V -p "$LAB_OUT/stick.pub" -m "$LAB_OUT/report/MANIFEST"
	power_cuts --cuts 100
	# A stick that says it has written and has not cannot be saved, and the checks say so.
	run power_cuts --cuts 40 --ignore-flushes
	[ "$status" -eq 1 ]
	grep -q "lost: .* end nic_driver $PF0" <<<"$output"
}
