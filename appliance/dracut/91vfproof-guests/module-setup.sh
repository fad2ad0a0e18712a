#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut module of what only nested guests need: QEMU and the guest's own kernel and initramfs. It
# is packed apart and unpacked while the runner is at work already, which halves the time to it.
# shellcheck disable=SC2154

check() {
	return 255 # only when asked for
}

depends() {
	return 0
}

install() {
	local rom module name

	inst_simple "$VFPROOF_GUEST_KERNEL" /usr/lib/vfproof/guest/vmlinux
	inst_simple "$VFPROOF_GUEST_INITRAMFS" /usr/lib/vfproof/guest/initramfs.img
	find "$VFPROOF_GUEST_KMODS" -name '*.ko' | while read -r module; do
		name=$(basename "$module")
		inst_simple "$module" "/usr/lib/vfproof/guest/modules/${name//-/_}"
	done
	inst_multiple qemu-system-x86_64
	for rom in /usr/share/seabios/bios-256k.bin /usr/share/qemu/kvmvapic.bin \
		/usr/share/qemu/linuxboot_dma.bin /usr/share/qemu/pvh.bin; do
		inst_simple "$rom"
	done
}
