#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The boot media on real firmware: SeaBIOS and OVMF. Each way of booting ends in a report, with settings that came from
# vfproof.conf on the stick. The stick does the whole quick plan, with Secure Boot too; the other ways make a VF.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

setup_file() {
	export MEDIA=$BATS_TEST_DIRNAME/../../build/out LAB=$BATS_TEST_DIRNAME/../../build/lab
}

# boots_from NAME HOW [option...]: the quick plan on one port is QUALIFIED. SETTINGS: more of them.
boots_from() {
	lab_boot "$1" one-port --boot "$2" --append "vfproof.plan=quick ${SETTINGS:-}" --deadline 600 "${@:3}"
	expect_verdict QUALIFIED 0
	expect_valid
	expect "settings" "quick poweroff" "$(report '.settings | "\(.plan) \(.finish)"')"
	expect "problems with settings" 0 "$(report '.settings.problems | length')"
	# The report was written to the stick that the settings were read from.
	[ -s "$LAB_REPORT" ]
}

# works_from NAME HOW [option...]: a VF is made and removed, and nothing else is wrong than that this was not all.
works_from() {
	lab_boot "$1" one-port --boot "$2" --append "vfproof.cases=host_*,nic_*,vf_create_one,vf_destroy ${SETTINGS:-}" \
		--deadline 600 "${@:3}"
	expect_verdict INCOMPLETE 2
	expect_valid
	expect "reasons" 1 "$(report '.verdict_reasons | length')"
	expect "VFs made" PASS "$(report '.items[] | select(.case == "vf_create_one").verdict')"
	expect "problems with settings" 0 "$(report '.settings.problems | length')"
}

# comes_up NAME HOW [option...]: the runner starts; what follows is what it is on any medium.
comes_up() {
	lab_boot "$1" no-nic --boot "$2" --deadline 300 --cut '] vfproof ' "${@:3}"
	grep -q 'vfproof .*: starting' "$LAB_OUT/serial.log"
}

# The boot server needs a tap device.
needs_tap() {
	[ -w /dev/net/tun ] || skip "/dev/net/tun cannot be used here"
}

# The number of sectors of a FAT file system that begins so many bytes into an image.
fat_sectors() {
	od -An -t u4 -j $(($2 + 32)) -N 4 "$1" | tr -d ' '
}

@test "the USB image and the ISO are at most 64 MB" {
	for medium in vfproof-usb.img vfproof.iso; do
		size=$(stat -c %s "$MEDIA/$medium")
		echo "$medium: $size bytes"
		[ "$size" -le 64000000 ]
	done
}

@test "the USB image's partition table and file systems are sound" {
	sfdisk --verify "$MEDIA/vfproof-usb.img" | grep -q 'No errors detected'
	for start in $(sfdisk -J "$MEDIA/vfproof-usb.img" | jq '.partitiontable.partitions[:2][].start'); do
		dd if="$MEDIA/vfproof-usb.img" of="$BATS_TEST_TMPDIR/fat" bs=512 skip="$start" status=none
		fsck.fat -n "$BATS_TEST_TMPDIR/fat"
	done
}

# bats test_tags=with:media-usb, minutes:2
@test "USB image on a BIOS: QUALIFIED, and its VFPROOF partition grows to the stick's end" {
	boots_from media-usb usb-bios
	stick=$LAB/media-usb/stick.img
	sfdisk --verify "$stick" | grep -q 'No errors detected'
	read -r start sectors < <(sfdisk -J "$stick" | jq -r '.partitiontable.partitions[0] | "\(.start) \(.size)"')
	[ "$((start + sectors))" -eq $(($(stat -c %s "$stick") / 512 - 33)) ]
	[ "$(fat_sectors "$stick" $((start * 512)))" -eq "$sectors" ]
	dd if="$stick" of="$BATS_TEST_TMPDIR/fat" bs=1M iflag=skip_bytes skip=$((start * 512)) conv=sparse status=none
	fsck.fat -n "$BATS_TEST_TMPDIR/fat"
}

# bats test_tags=with:media-usb, minutes:2
@test "the same stick on UEFI with Secure Boot and the vendors' keys: QUALIFIED" {
	[ -e "$LAB/media-usb/stick.img" ] || skip "there is no stick that grew"
	boots_from media-usb usb-secure --stick keep
	# Nothing was lost.
	"$BATS_TEST_DIRNAME/../../scripts/lab/stick" list "$LAB/media-usb/stick.img" | grep -q '^vfproof.conf$'
	[ "$("$BATS_TEST_DIRNAME/../../scripts/lab/stick" list "$LAB/media-usb/stick.img" /reports | wc -l)" -ge 2 ]
}

@test "Secure Boot refuses a kernel that was tampered with" {
	mkdir -p "$LAB/media-tampered/media"
	cp "$MEDIA/vfproof-usb.img" "$LAB/media-tampered/media/"
	mcopy -n -i "$MEDIA/vfproof-usb.img@@1M" ::vfproof/vmlinuz "$BATS_TEST_TMPDIR/vmlinuz"
	printf 'x' | dd of="$BATS_TEST_TMPDIR/vmlinuz" bs=1 seek=5000000 conv=notrunc status=none
	mcopy -o -i "$LAB/media-tampered/media/vfproof-usb.img@@1M" "$BATS_TEST_TMPDIR/vmlinuz" ::vfproof/vmlinuz
	lab_boot media-tampered no-nic --boot usb-secure --media "$LAB/media-tampered/media" --deadline 200 \
		--cut 'bad shim signature'
	grep -q 'bad shim signature' "$LAB_OUT/serial.log"
	run ! grep -q 'vfproof .*: starting' "$LAB_OUT/serial.log"
}

# bats test_tags=minutes:1
@test "ISO as a USB CD-ROM on a BIOS: a VF is made" {
	works_from media-cd cd-bios
}

# bats test_tags=minutes:2
@test "ISO as a USB CD-ROM on UEFI with Secure Boot, and written to a stick on BIOS and UEFI: comes up" {
	comes_up media-cd-secure cd-secure
	comes_up media-iso-bios iso-bios
	comes_up media-iso-uefi iso-uefi
}

# bats test_tags=minutes:2
@test "PXE on a BIOS: a VF is made" {
	needs_tap
	works_from media-pxe-bios pxe-bios
}

# bats test_tags=minutes:2
@test "PXE on UEFI with Secure Boot and the vendors' keys: a VF is made" {
	needs_tap
	works_from media-pxe-uefi pxe-secure
}

# bats test_tags=minutes:2
@test "HTTP boot on UEFI: a VF is made" {
	needs_tap
	# The web server takes no reports; that it was asked shows that the port which the server booted from
	# was known, though no boot loader named it.
	SETTINGS=vfproof.sink=http://192.0.2.1/up works_from media-http http-uefi
	report '.notes[]' | grep 'the report was NOT sent to http://192.0.2.1/up: .* 501'
}

# own_netboot NAME: the boot server's folder, for a test to change: $NETBOOT. Files are not to be written in
# place: they are the same ones as in build/out.
own_netboot() {
	export NETBOOT=$LAB/$1/media/netboot
	rm -rf "$NETBOOT"
	mkdir -p "${NETBOOT%/*}"
	cp -rl "$MEDIA/netboot" "$NETBOOT"
}

# ipxe_comes_up NAME HOW SED: with the lines for iPXE in effect, and others as changed.
ipxe_comes_up() {
	sed -i -e 's/^#dhcp-/dhcp-/' -e "$3" "$NETBOOT/dnsmasq.conf"
	comes_up "$1" "$2" --media "${NETBOOT%/*}"
	grep -q 'boot.ipxe' "$LAB_OUT/netboot.log"
}

@test "iPXE on a BIOS, in the NIC's ROM and as undionly.kpxe: its menu comes up and starts the kernel" {
	needs_tap
	own_netboot media-ipxe
	# The emulated NIC's ROM is an iPXE itself: it starts the other one, which then gets the menu.
	# shellcheck disable=SC2016 # iPXE's, not the shell's
	printf '#!ipxe\niseq ${netX/chip} undionly && chain boot.ipxe || chain undionly.kpxe\n' >"$NETBOOT/first.ipxe"
	ipxe_comes_up media-ipxe pxe-bios 's#/boot.ipxe$#/first.ipxe#'
	grep -q 'undionly.kpxe' "$LAB_OUT/netboot.log"
}

@test "iPXE on UEFI, as ipxe.efi: its menu comes up and starts the kernel" {
	needs_tap
	own_netboot media-ipxe-uefi
	ipxe_comes_up media-ipxe-uefi pxe-uefi 's/,bootx64.efi$/,ipxe.efi/'
	grep -q 'ipxe.efi' "$LAB_OUT/netboot.log"
}

@test "vfproof.efi takes a lab's own signature" {
	cd "$BATS_TEST_TMPDIR"
	openssl req -x509 -newkey rsa:2048 -nodes -subj "/CN=a lab's own key" -days 30 -keyout lab.key -out lab.crt
	sbsign --key lab.key --cert lab.crt --output signed.efi "$MEDIA/vfproof.efi"
	sbverify --cert lab.crt signed.efi
	run ! sbverify --cert lab.crt "$MEDIA/vfproof.efi"
	printf 'x' | dd of=signed.efi bs=1 seek=20000000 conv=notrunc status=none
	run ! sbverify --cert lab.crt signed.efi
}

# own_key_boot NAME CUT: HTTP boot of the file, where the firmware trusts a key of the lab's own only.
own_key_boot() {
	own_netboot "$1"
	mv -f "$BATS_TEST_TMPDIR/boot.efi" "$NETBOOT/vfproof.efi"
	lab_boot "$1" no-nic --boot http-own --media "${NETBOOT%/*}" --deadline 300 --cut "$2"
}

# bats test_tags=minutes:2
@test "HTTP boot with Secure Boot and a lab's own key: what it signed comes up, and nothing else" {
	needs_tap
	key=/usr/share/ovmf/PkKek-1-snakeoil # the one that Debian's OVMF has enrolled
	openssl rsa -passin pass:snakeoil -in "$key.key" -out "$BATS_TEST_TMPDIR/key"
	sbsign --key "$BATS_TEST_TMPDIR/key" --cert "$key.pem" --output "$BATS_TEST_TMPDIR/boot.efi" "$MEDIA/vfproof.efi"
	own_key_boot media-own-key '] vfproof '
	grep -q 'vfproof .*: starting' "$LAB_OUT/serial.log"
	cp "$MEDIA/vfproof.efi" "$BATS_TEST_TMPDIR/boot.efi"
	own_key_boot media-no-key 'Access Denied'
	run ! grep -q 'vfproof .*: starting' "$LAB_OUT/serial.log"
}
