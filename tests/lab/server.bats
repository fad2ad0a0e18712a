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

# start_stopped: a machine that does not run, with a PCIe slot, a card and a wire.
start_stopped() {
	cd "$BATS_TEST_TMPDIR" || return
	"$QEMU" -M q35 -m 64 -nodefaults -display none -S -qmp unix:at.sock,server=on,wait=off \
		-netdev user,id=wire0,restrict=on -device pcie-root-port,id=rp0,chassis=1,slot=1 \
		-device igb,id=pf0,bus=rp0,netdev=wire0 3>&- &
	AT=$BATS_TEST_DIRNAME/../../scripts/lab/at
}

@test "scripts/lab/at: commands in each form, each behind its text, in the order given" {
	start_stopped
	(
		echo "it begins, and the end is not yet"
		sleep 1
		echo "in the middle"
		sleep 1
		echo "the end"
	) >serial.log &
	run "$AT" at.sock serial.log 8 begins 'set_link name=wire0 up=false' middle '{"execute": "query-status"}' \
		middle 'hmp info network' 'the end' quit
	echo "$output"
	[ "$status" -ne 0 ] # the second "middle" never comes
	[[ ${lines[0]} == *'"up": false'*'{"return": {}}' ]]
	[[ ${lines[1]} == *'"status": "prelaunch"'* ]]
	[ "${lines[2]}" = "the serial console never said 'middle'" ]
	run "$AT" at.sock serial.log 20 middle 'hmp info network' 'the end' quit
	echo "$output"
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *wire0* ]]
	wait
}

@test "scripts/lab/at: what QEMU refuses is told, and a server that ends before the text" {
	start_stopped
	echo now >serial.log
	run "$AT" at.sock serial.log 20 now 'device_del id=pf7'
	[ "$status" -ne 0 ]
	[ "${lines[-1]}" = "device_del: Device 'pf7' not found" ]
	run "$AT" at.sock serial.log 20 now 'hmp pcie_aer_inject_error pf0 NO_SUCH_ERROR'
	[ "$status" -ne 0 ]
	[[ ${lines[-1]} == *"Error: "* ]]
	run "$AT" at.sock serial.log 20 now quit never quit
	[ "$status" -ne 0 ]
	[ "${lines[-1]}" = "the serial console never said 'never'" ]
	wait
}
