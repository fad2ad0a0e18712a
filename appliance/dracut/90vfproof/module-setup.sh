#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut module of the appliance: everything that is in it is named here. The paths of what the
# project built come from scripts/build/pack in the VFPROOF_ variables.
# shellcheck disable=SC2154

check() {
	return 255 # only when asked for
}

depends() {
	return 0
}

installkernel() {
	local name names=()
	while read -r name; do
		names+=("$name")
	done < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$VFPROOF_MODULES")
	hostonly='' instmods "${names[@]}"
}

# Chosen by scripts/build/firmware: dracut itself is given an empty folder to look in.
install_firmware() {
	local file
	while read -r file; do
		inst_simple "$VFPROOF_FIRMWARE/$file" "/usr/lib/firmware/$file"
	done < <(cd "$VFPROOF_FIRMWARE" && find . -type f -printf '%P\n' | sort)
}

install() {
	inst_simple "$moddir/init.sh" /init
	install_firmware
	inst_simple /usr/bin/busybox
	inst_simple "$VFPROOF_RUNNER" /usr/bin/vfproof
	inst_simple "$VFPROOF_UNXZ" /usr/bin/unxz
	# What could be added for a NIC that the image has no driver or firmware for.
	inst_simple "$VFPROOF_LEFT_OUT" /usr/lib/vfproof/left-out
	# For sending reports: whom to trust, and what udhcpc calls.
	inst_simple /etc/ssl/certs/ca-certificates.crt /usr/lib/vfproof/ca-certificates.pem
	inst_simple "$moddir/lease.sh" /usr/lib/vfproof/lease.sh
	# What the nested guests need comes into this folder as a further archive: scripts/build/join.
	inst_dir /usr/lib/vfproof
	# The kernel calls modprobe for file systems and ciphers: the runner, by that name.
	inst_dir /usr/sbin
	ln -sf ../bin/vfproof "$initdir/usr/sbin/modprobe"
}
