#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that are added to the appliance by a second initramfs archive and by the stick: they are in
# effect, and the report lists them. One boot, which the tests below look at.

load lab

TOP=$BATS_TEST_DIRNAME/../..
DIR=$TOP/build/lab/overlay
PF=0000:01:00.0

make_overlays() {
	local initrd=$DIR/initrd stick=$DIR/stick/overlay
	rm -rf "$initrd" "$DIR/stick"
	mkdir -p "$initrd/firmware/lab" "$stick/firmware/lab" "$stick/modules"
	module igb "$initrd/modules/igb_lab.ko"
	module dummy "$initrd/modules/dummy_lab.ko"
	echo "of the initramfs" >"$initrd/firmware/lab/both.bin"
	printf 'guest_memory_mb = 256\ntimeout_percent = 300\ncases = host_iommu_on,nic_driver,vf_create_param,assign_vf\n' \
		>"$initrd/vfproof.conf"
	module igbvf "$stick/guest/modules/igbvf_lab.ko"
	install -D -m 644 "$TOP/build/guest/vmlinux" "$initrd/guest/vmlinux"
	module dummy "$DIR/stick/dummy.ko"
	LC_ALL=C sed 's/vermagic=[0-9]*\./vermagic=3./; s/ SMP / UP  /' "$DIR/stick/dummy.ko" >"$stick/modules/old.ko"
	echo "of the stick" >"$stick/firmware/lab/both.bin"
	echo "guest_memory_mb = 320" >"$DIR/stick/vfproof.conf"
}

setup_file() {
	make_overlays
	"$TOP/scripts/overlay" "$DIR/initrd" "$DIR/overlay.img" >"$DIR/listed"
	"$TOP/scripts/lab/stick" make "$DIR/stick.img" fat
	"$TOP/scripts/lab/stick" put "$DIR/stick.img" "$DIR/stick/overlay"
	"$TOP/scripts/lab/stick" put "$DIR/stick.img" "$DIR/stick/vfproof.conf"
	lab_boot overlay one-port --stick keep --initrd "$DIR/overlay.img"
}

# expect_file PATH ORIGIN FILE: the report lists it with the size and hash of that file.
expect_file() {
	expect "$1" "$2 $(stat -c %s "$3") $(sha256sum <"$3" | cut -d' ' -f1)" \
		"$(report ".overlay[] | select(.path == \"$1\") | \"\(.origin) \(.size) \(.sha256)\"")"
}

# bats test_tags=minutes:1
@test "the report is valid and lists every file, its size, hash and origin" {
	expect_valid
	expect "number of files" 7 "$(report '.overlay | length')"
	expect_file modules/igb_lab.ko initramfs "$DIR/initrd/modules/igb_lab.ko"
	expect_file modules/dummy_lab.ko initramfs "$DIR/initrd/modules/dummy_lab.ko"
	expect_file guest/vmlinux initramfs "$DIR/initrd/guest/vmlinux"
	expect_file vfproof.conf initramfs "$DIR/initrd/vfproof.conf"
	expect_file firmware/lab/both.bin stick "$DIR/stick/overlay/firmware/lab/both.bin"
	expect_file modules/old.ko stick "$DIR/stick/overlay/modules/old.ko"
	expect_file guest/modules/igbvf_lab.ko stick "$DIR/stick/overlay/guest/modules/igbvf_lab.ko"
	grep -q 'the appliance was changed by 7 files' "$LAB_OUT/report/report.txt"
	grep -q "$(sha256sum <"$DIR/initrd/modules/igb_lab.ko" | cut -c 1-40)" "$LAB_OUT/report/report.txt"
}

@test "scripts/overlay says beforehand what the report will list" {
	while read -r sha size path; do
		[ "$path" = firmware/lab/both.bin ] && continue # the stick's takes its place
		expect "$path" "$size $sha" "$(report ".overlay[] | select(.path == \"$path\") | \"\(.size) \(.sha256)\"")"
	done <"$DIR/listed"
}

@test "settings: the command line's, then the stick's, then the overlay's" {
	expect "finish" poweroff "$(report .settings.finish)"
	expect "guest_memory_mb" 320 "$(report .settings.guest_memory_mb)"
	expect "timeout_percent" 300 "$(report .settings.timeout_percent)"
	expect "items" "assign_vf host_iommu_on nic_driver vf_create_param" "$(report '[.items[].case] | unique | join(" ")')"
}

@test "the overlay's driver takes the place of the image's, in host and guest, and the guest's kernel too" {
	grep -q 'overlay: igb_lab.ko is loaded' "$LAB_OUT/serial.log"
	expect "note" true "$(report '.notes | any(. == "overlay: modules/igb_lab.ko is loaded, as igb")')"
	expect "driver" igb "$(report ".nics[] | select(.address == \"$PF\") | .driver")"
	expect_item nic_driver "$PF" PASS
	expect_item vf_create_param "$PF" PASS # takes it out and loads it again
	expect_item assign_vf "$PF" PASS
	expect "note" true "$(report '.notes | any(. == "overlay: modules/dummy_lab.ko is not loaded: no device here needs it")')"
	grep -q "overlay: the guests' kernel is $(basename /lib/modules/*)" "$LAB_OUT/serial.log"
	grep -q 'looks for firmware in /run/vfproof/overlay/firmware first' "$LAB_OUT/serial.log"
}

@test "a module for another kernel is named, and the run is INCOMPLETE" {
	expect_verdict INCOMPLETE 2
	[[ $(report '.verdict_reasons | join("\n")') == *'overlay: modules/old.ko is not used: it is for kernel "3.'* ]]
}

@test "scripts/overlay: the same files give the same bytes; what has no place is refused" {
	"$TOP/scripts/overlay" "$DIR/initrd" "$DIR/again.img"
	cmp "$DIR/overlay.img" "$DIR/again.img"
	for wrong in modules/igb.ko.xz igb.ko guest/initramfs.img modules/new/igb.ko; do
		rm -rf "$DIR/wrong"
		install -D -m 644 "$DIR/initrd/modules/igb_lab.ko" "$DIR/wrong/$wrong"
		run "$TOP/scripts/overlay" "$DIR/wrong" "$DIR/wrong.img"
		[ "$status" -ne 0 ]
		[[ $output == *"$wrong: "* ]]
	done
	run "$TOP/scripts/overlay" --kernel 6.1.0-1 "$DIR/initrd" "$DIR/wrong.img"
	[ "$status" -ne 0 ]
	[[ $output == *"it is for kernel"* ]]
	[ ! -e "$DIR/wrong.img" ]
}
