#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the appliance must leave alone, and must not take: disks of the host, packets for a service, and modules
# that a locked down kernel refuses. One boot, which the tests below look at.

bats_require_minimum_version 1.5.0
load lab

TOP=$BATS_TEST_DIRNAME/../..
DIR=$TOP/build/lab/disks

# Each disk looks as if it were the report stick: its label, and settings that would be heard.
make_disks() {
	local kind
	echo "parallel = 7" >"$DIR/vfproof.conf" # the lab's command line, which would win, says nothing of it
	for kind in sata nvme virtio mmc; do
		rm -f "$DIR/$kind.img"
		truncate -s 64M "$DIR/$kind.img"
		mkfs.fat -n VFPROOF "$DIR/$kind.img" >/dev/null
		mcopy -i "$DIR/$kind.img" "$DIR/vfproof.conf" ::/vfproof.conf
	done
	(cd "$DIR" && sha256sum sata.img nvme.img virtio.img mmc.img >before)
}

# unsign FILE: takes a module's signature off, which is behind all else (struct module_signature).
unsign() {
	python3 - "$1" <<-'EOF'
	import struct
	import sys
	data = open(sys.argv[1], "rb").read()
	mark = b"~Module signature appended~\n"
	assert data.endswith(mark)
	(size,) = struct.unpack(">I", data[-len(mark) - 4:-len(mark)])
	open(sys.argv[1], "wb").write(data[:-len(mark) - 12 - size])
	EOF
}

setup_file() {
	mkdir -p "$DIR"
	make_disks
	rm -rf "$DIR/initrd"
	module igb "$DIR/initrd/modules/igb_lab.ko"
	unsign "$DIR/initrd/modules/igb_lab.ko"
	"$TOP/scripts/overlay" "$DIR/initrd" "$DIR/overlay.img" >/dev/null
	lab_boot disks disks --initrd "$DIR/overlay.img" --deadline 400 \
		--append "lockdown=integrity vfproof.cases=host_quiet,nic_driver"
}

# bats test_tags=minutes:1
@test "disks on SATA, NVMe, virtio and MMC are what they were, and none is taken for the report stick" {
	expect_valid
	(cd "$DIR" && sha256sum --check --quiet before)
	expect "parallel" 0 "$(report .settings.parallel)"
	[ -s "$LAB_REPORT" ]
	run ! grep -q 'STICK:' "$LAB_OUT/serial.log"
}

@test "nothing of the appliance listens" {
	expect "listening" nothing "$(report '.items[] | select(.case == "host_quiet") | .evidence[] | select(.key == "listening") | .value')"
}

@test "a locked down kernel refuses an unsigned module of an overlay, and the report says which and why" {
	expect_verdict "NOT QUALIFIED" 1
	expect_item nic_driver "$PF0" FAIL
	text='overlay: modules/igb_lab.ko is not loaded, although 0000:01:00.0 needs it: it is not signed'
	[[ $(report '.verdict_reasons | join("\n")') == *"$text"* ]]
	expect "driver" "" "$(report '.nics[0].driver')"
}
