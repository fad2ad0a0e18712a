#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# For the person in front of the rack: where a port is, its LED, what failed once more, and the report on a
# stick that is the person's own.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

setup_file() {
	export OUT STICK
	OUT=$BATS_TEST_DIRNAME/../../build/lab/rack
	STICK=$OUT/stick.img
	mkdir -p "$OUT"
}

stick() {
	"$BATS_TEST_DIRNAME/../../scripts/lab/stick" "$@"
}

# A stick that was made of our image once, with room to grow, and is somebody's own by now.
make_own_stick() {
	local start
	stick make "$STICK" usb "$BATS_TEST_DIRNAME/../../build/out/vfproof-usb.img"
	start=$(sfdisk -d "$STICK" | sed -n 's/.*1 : start= *\([0-9]*\).*/\1/p')
	mlabel -i "$STICK@@$((start * 512))" ::ENGINEER
	echo "chapter one" >"$OUT/thesis.txt"
	stick put "$STICK" "$OUT/thesis.txt"
	stick list "$STICK" | sort >"$OUT/top.before"
	sfdisk -d "$STICK" >"$OUT/table.before"
	dd if="$STICK" of="$OUT/head.before" bs=512 skip="$start" count=1 status=none
}

# bats test_tags=minutes:4, full
@test "rack: ports are told by their places, F3 and F2 run again, and a power cut goes on with that run" {
	local append start
	append="console=tty0 vfproof.finish=hold vfproof.stick=engineer vfproof.fault=runner_kill:nic_driver"
	append+=" vfproof.cases=host_cpu_virt,nic_driver,nic_link"
	make_own_stick
	export SHOTS=$OUT/screen
	lab_boot rack rack --stick keep --append "$append" --screen "$SHOTS" \
		--step "over=NOT QUALIFIED: 3 items" --step key=l --step "led=its LED " \
		--step key=f3 --step "all=The whole run is run again" --step "going=of 3 items, " \
		--step "second=NOT QUALIFIED: 3 items" --step key=f2 --step "failed=What failed is run again: 1 item" \
		--at "the operator wants another run" query-status --at "the operator wants another run" query-status \
		--cut ') nic_driver '
	expect "exit status of the run that was cut" 3 "$LAB_STATUS"
	cat "$OUT/screen.log"
	grep -qF "CRASHED   nic_driver $PF0 (slot PCIe 3)" "$SHOTS/over.txt"
	grep -qF "F2 what failed again   F3 all of it again   L a port's LED blinks" "$SHOTS/over.txt"
	grep -qF "$PF0 (slot PCIe 3): its LED blinks" "$SHOTS/led.txt"

	# A run is gone on with under the same command line only.
	lab_boot rack rack --stick keep --append "$append" --screen "$SHOTS" --step "over=NOT QUALIFIED: 1 item" --step quit
	expect_verdict "NOT QUALIFIED" 1
	expect_valid
	expect "what was run again" failed "$(report .again.what)"
	[[ $(report .again.of) == reports/run0002-* ]]
	[[ $(report .stored) == reports/run0003-* ]]
	expect "items" nic_driver "$(report '[.items[].case] | join(" ")')"
	expect "runs" 3 "$(stick list "$STICK" /reports | grep -c run)"
	# Where the ports are.
	expect "place of the port" "slot PCIe 3" "$(report ".nics[] | select(.address == \"$PF0\").place")"
	expect "place of the item" "slot PCIe 3" "$(item nic_driver "$PF0" place)"
	expect "permanent MAC" 52:54:00:76:66:01 "$(report ".nics[] | select(.address == \"$PF0\").permanent_mac")"
	expect "ports with that label" 1 "$(report '[.nics[] | select(.place == "Onboard LAN 1")] | length')"
	grep -qF "CRASHED nic_driver $PF0 (slot PCIe 3)" "$LAB_OUT/report/report.txt"
	grep -qF "Onboard LAN 1" "$LAB_OUT/report/report.html"

	# Nothing but the folder of reports is new on the stick; partition and file system are as large as they were.
	stick list "$STICK" | grep -v '^reports/$' | sort | diff "$OUT/top.before" -
	sfdisk -d "$STICK" | diff "$OUT/table.before" -
	start=$(sfdisk -d "$STICK" | sed -n 's/.*1 : start= *\([0-9]*\).*/\1/p')
	dd if="$STICK" bs=512 skip="$start" count=1 status=none | cmp -n 36 - "$OUT/head.before"
	mcopy -i "$STICK@@$((start * 512))" ::thesis.txt - | grep -qx "chapter one"
}
