#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A NIC whose driver the image does not have: the image's module index without igb, and the list of
# what was left out with it, in a further archive.

load lab

TOP=$BATS_TEST_DIRNAME/../..
DIR=$TOP/build/lab/lacking

setup_file() {
	local tree=$DIR/tree kver
	rm -rf "$DIR"
	mkdir -p "$tree"
	zstd -qdc "$TOP/build/appliance.img" | (cd "$tree" && cpio --quiet -idm 'usr/lib/modules/*')
	kver=$(basename "$tree"/usr/lib/modules/*)
	find "$tree" -name igb.ko -delete
	ln -s usr/lib "$tree/lib"
	depmod -b "$tree" "$kver"
	{
		cat "$TOP/configs/modules/left-out.list"
		echo "igb for a test"
	} >"$DIR/left-out.list"
	"$TOP/scripts/build/left-out" "$DIR/left-out.list" "$kver" "$tree/usr/lib/modules" \
		"$TOP/build/firmware" "$DIR/left-out"
	install -D -m 644 "$DIR/left-out/list" "$tree/usr/lib/vfproof/left-out"
	(cd "$tree" && find usr -type f ! -name '*.ko' | cpio --quiet -o -H newc -R 0:0) >"$DIR/without.img"
	truncate -s %4 "$DIR/without.img"
}

@test "without its driver in the image a NIC is SKIP, the run INCOMPLETE, and the report says what to add" {
	lab_boot lacking/without one-port --initrd "$DIR/without.img" --append vfproof.plan=quick
	expect_valid
	expect_verdict INCOMPLETE 2
	expect_item nic_driver "$PF0" SKIP
	expect_item vf_create_max "$PF0" SKIP
	expect "failed items" 0 "$(report '[.items[] | select(.verdict == "FAIL" or .verdict == "ERROR")] | length')"
	item nic_driver "$PF0" reason
	item nic_driver "$PF0" reason | grep -F 'this image leaves out its driver igb, as for a test: put modules/igb.ko into an overlay'
	grep -q 'modules/igb.ko' "$LAB_OUT/report/report.txt"
}

@test "with that put into an overlay the NIC is tested" {
	module igb "$DIR/overlay/modules/igb.ko"
	"$TOP/scripts/overlay" "$DIR/overlay" "$DIR/overlay.img"
	cat "$DIR/without.img" "$DIR/overlay.img" >"$DIR/both.img"
	lab_boot lacking/overlay one-port --initrd "$DIR/both.img" --append vfproof.cases=host_iommu_on,nic_driver,vf_create_max
	expect_item nic_driver "$PF0" PASS
	expect_item vf_create_max "$PF0" PASS
}
