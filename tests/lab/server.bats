#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The emulated server itself.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup() {
	FIX=$BATS_TEST_DIRNAME/../../build/bin/qemu-fix.so
	QEMU=$(command -v qemu-system-x86_64)
}

# A QEMU that looks different has been mended, or scripts/lab/qemu-fix has to follow it.
@test "its QEMU is one whose faults are known and set right" {
	LD_PRELOAD=$FIX run --separate-stderr "$QEMU" --version
	echo "$stderr"
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
}

@test "a QEMU that is not as known is left as it is, which is said" {
	# Whatever sets a field to 2 sets it to 7 in this one, what clears bit 7 of a field clears bit 6, and
	# a function has another name.
	perl -0777 -pe 's/(\xc7[\x80-\x87]...\xff)\x02\0\0\0/$1\x07\0\0\0/sg;
		s/(\x81[\xa0-\xa7]....)\x7f\xff\xff\xff/$1\xbf\xff\xff\xff/sg;
		s/tb_invalidate_phys_range_fast\0/tb_invalidate_phys_range_slow\0/g' "$QEMU" >"$BATS_TEST_TMPDIR/qemu"
	chmod +x "$BATS_TEST_TMPDIR/qemu"
	LD_PRELOAD=$FIX run --separate-stderr "$BATS_TEST_TMPDIR/qemu" --version
	echo "$stderr"
	[ "$status" -eq 0 ]
	grep -q 'VMRUN is not as known' <<<"$stderr"
	grep -q 'cpu_clear_ignne() is not as known' <<<"$stderr"
	grep -q 'tb_invalidate_phys_range_fast() is not as known' <<<"$stderr"
}
