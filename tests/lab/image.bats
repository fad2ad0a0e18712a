#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is in the image, and what is not.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup_file() {
	export B=$BATS_TEST_DIRNAME/../../build
	export LISTING=$BATS_FILE_TMPDIR/listing
	zstd -qdc "$B/appliance.img" | cpio --quiet -t >"$LISTING"
	xz -dc "$B/guest/guests.cpio.xz" | cpio --quiet -t >>"$LISTING"
}

@test "kernel and initramfs are at most 50 MB" {
	size=$(($(stat -c %s "$B/out/vmlinuz") + $(stat -c %s "$B/out/initramfs.img")))
	echo "$size bytes"
	[ "$size" -le 50000000 ]
}

# A file that is replaced is gone for a moment, and the runner is at work by then.
@test "what is unpacked beside the runner replaces nothing that it needs" {
	eval "$(grep '^GUEST_FILES=' "$BATS_TEST_DIRNAME/../../appliance/dracut/90vfproof/init.sh")"
	files() {
		cpio --quiet -tv "$@" | awk '!/^d/ { print $9 }' | sort
	}
	set -f
	# shellcheck disable=SC2086 # patterns, a word each
	twice=$(comm -12 <(zstd -qdc "$B/appliance.img" | files) \
		<(xz -dc "$B/guest/guests.cpio.xz" | files $GUEST_FILES))
	set +f
	echo "$twice"
	# Of these, nothing that is there before QEMU makes use.
	run grep -vE '^(etc/ld\.so\.cache|usr/lib/dracut/.*|usr/lib/x86_64-linux-gnu/libgcc_s\.so\.1)$' <<<"$twice"
	[ "$status" -eq 1 ]
}

@test "no storage driver but USB's" {
	modules=$(grep '/lib/modules/.*\.ko$' "$LISTING")
	[ -n "$modules" ]
	run grep -E '/drivers/(ata|nvme|block|md|mmc|mtd/nand|message|target|memstick|ufs)/' <<<"$modules"
	echo "$output"
	[ "$status" -eq 1 ]
	storage=$(grep -E '/drivers/(scsi|usb/storage)/' <<<"$modules" | xargs -n1 basename | sort | tr '\n' ' ')
	echo "$storage"
	[ "$storage" = "scsi_common.ko scsi_mod.ko sd_mod.ko uas.ko usb-storage.ko " ]
}

@test "nothing of a host, no service and no account" {
	run grep -E '^(etc/(passwd|shadow|hostname|fstab|machine-id|ssh)|.*(sshd|systemd|udevd|telnetd))' "$LISTING"
	echo "$output"
	[ "$status" -eq 1 ]
	run cat <(grep -E '^etc/' "$LISTING" | grep -vE '^etc/(ld\.so\.|cmdline\.d$)')
	echo "$output"
	[ -z "$output" ]
}

@test "the manifest names the revision, the packages and the images as they are" {
	(cd "$B/out" && sha256sum --quiet -c SHA256SUMS)
	jq -e '.revision != "" and (.packages | length) > 100 and
		([.packages[] | select(.name == "qemu-system-x86")] | length) == 1' "$B/out/manifest.json"
	diff <(jq -r '.images[] | "\(.sha256)  \(.name)"' "$B/out/manifest.json") \
		<(grep -v ' manifest.json$' "$B/out/SHA256SUMS")
	jq -r '.images[] | "\(.size) \(.name)"' "$B/out/manifest.json" | while read -r size name; do
		echo "$name"
		[ "$(stat -c %s "$B/out/$name")" -eq "$size" ]
	done
}

@test "each file that is put out is in SHA256SUMS" {
	diff <(cd "$B/out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort) \
		<(sed 's/^[^ ]*  //' "$B/out/SHA256SUMS" | sort)
}
