# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the recipes of the boot media, which run inside the private root: what they share.

# File times on the media; FAT knows none before 1980.
export SOURCE_DATE_EPOCH=1735689600

# fill TEMPLATE: a boot loader's configuration, with the kernel parameters that all of them have
fill() {
	sed "s|@CMDLINE@|$(cat "$TOP/appliance/media/cmdline")|" "$1"
}

# put_number FILE OFFSET BYTES NUMBER: a little-endian number into a file
put_number() {
	local i
	for ((i = 0; i < $3; i++)); do
		printf '%b' "\\x$(printf %02x $((($4 >> (8 * i)) & 255)))"
	done | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# make_fat IMAGE KIB DIRECTORY VOLUME-ID [option of mkfs.fat...]: a FAT file system with a
# directory's files, in an order that does not depend on the directory
make_fat() {
	local image=$1 kib=$2 from=$3 id=$4 path
	rm -f "$image"
	mkfs.fat --invariant -i "$id" "${@:5}" -C "$image" "$kib" >/dev/null
	while read -r path; do
		if [ -d "$from/$path" ]; then
			mmd -i "$image" "::$path"
		else
			touch -d "@$SOURCE_DATE_EPOCH" "$from/$path"
			mcopy -m -i "$image" "$from/$path" "::$path"
		fi
	done < <(cd "$from" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort)
}

# The boot programs of UEFI machines, as the firmware finds them on a medium: Debian's shim and GRUB,
# signed for Secure Boot. This GRUB reads /EFI/debian/grub.cfg of the medium.
efi_programs() {
	mkdir -p "$1/EFI/BOOT" "$1/EFI/debian"
	cp /usr/lib/shim/shimx64.efi.signed "$1/EFI/BOOT/BOOTX64.EFI"
	cp /usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed "$1/EFI/BOOT/grubx64.efi"
}

# grub_core FORMAT OUTPUT PREFIX: GRUB for a BIOS, with all modules that grub.cfg needs
grub_core() {
	grub-mkimage -O "$1" -o "$2" -p "$3" biosdisk part_gpt fat iso9660 normal linux configfile \
		search search_fs_file serial terminal echo test ls cat minicmd reboot halt
}
