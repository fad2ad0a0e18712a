#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The operator's screen, as the VGA adapter of the emulated server has it.
# bats file_tags=apart

bats_require_minimum_version 1.5.0
load lab

# screen_boot NAME SCENARIO [option...]: as lab_boot, with the texts of the screen in $SHOTS.
screen_boot() {
	export SHOTS=$BATS_TEST_DIRNAME/../../build/lab/$1/screen
	lab_boot "$@" --screen "$SHOTS"
	cat "$SHOTS"/../screen.log
}

# shows NAME TEXT: the text was on the screen when it was taken.
shows() {
	grep -qF -- "$2" "$SHOTS/$1.txt" || {
		echo "not on the screen: $2"
		cat "$SHOTS/$1.txt"
		return 1
	}
}

# code_says NAME: the QR code in that picture says the result, and how the SHA-256 of the stick's MANIFEST begins.
code_says() {
	local says sum
	says=$(zbarimg --nodbus --quiet --raw -Sdisable -Sqrcode.enable "$SHOTS/$1.png")
	sum=$(sha256sum "$LAB_OUT/report/MANIFEST" | cut -c 1-32 | tr a-f A-F)
	echo "the code says: $says"
	[[ $says == "VFPROOF: INCOMPLETE PASS:"*" FAIL:1 "*" HOST:LAB-0001 MANIFEST:$sum" ]]
}

@test "no-nic: the run is followed on the screen, and the verdict stays there to be read" {
	screen_boot screen-no-nic no-nic --append "console=tty0 vfproof.finish=hold" --deadline 600 \
		--step "preparing=Drivers are loaded" \
		--step "over=INCOMPLETE: " --step key=spc \
		--step "failure=Page 2 of" --step key=f1 \
		--step "reasons=Page 3 of" --step key=pgup --step key=up \
		--step "again=Page 1 of" --step key=q \
		--step "code=Q: back" --step key=q --step "hidden=Q: QR code" --step quit
	expect_verdict INCOMPLETE 2
	shows preparing "vfproof lab no-nic, serial LAB-0001"
	shows over "##"
	shows over "host_nic_supported host: no network controller"
	shows over "The server can be switched off"
	shows failure "at least one network controller with SR-IOV"
	shows reasons "host_nic_supported host is missing altogether"
	code_says code
	run ! code_says hidden
	# Nothing but the screen is on the screen, and nothing of it on the serial console.
	for name in over again; do
		expect "rows of $name" 25 "$(wc -l <"$SHOTS/$name.txt")"
		run ! grep -E '\[ *[0-9]+\.[0-9]+\]|VFPROOF-RESULT' "$SHOTS/$name.txt"
		[ -s "$SHOTS/$name.png" ]
	done
	run ! grep -P '\x1b\[[0-9]+;[0-9]+H' "$LAB_OUT/serial.log"
	grep -q '^VFPROOF-RESULT: INCOMPLETE' "$LAB_OUT/serial.log"
}

@test "one-port: a runner that dies does not take the screen with it" {
	screen_boot screen-killed one-port --deadline 600 --append \
		"vfproof.finish=hold vfproof.cases=host_cpu_virt,nic_driver,nic_link vfproof.fault=runner_kill:nic_driver" \
		--step "resumed=resumed after crashes: 1" --step "over=NOT QUALIFIED: " --step quit
	expect_verdict "NOT QUALIFIED" 1
	shows resumed "CRASHED 1"
	shows over "$PF0"
	shows over "CRASHED   nic_driver $PF0"
}

@test "a shell on the screen's terminal finds it as it was" {
	screen_boot screen-shell no-nic --stick none --deadline 600 \
		--append "console=tty0 vfproof.finish=shell vfproof.cases=host_cpu_virt" \
		--step "prompt=~ #" --step key=u --step key=n --step key=a --step key=m --step key=e \
		--step "echoed=~ # uname" --step key=ret --step "answered=Linux" --step quit
	expect "exit status" 0 "$LAB_STATUS"
	shows answered "~ # uname"
}

# bats test_tags=minutes:1
@test "UEFI: the screen is on the frame buffer, and a USB keyboard pages through it" {
	screen_boot screen-uefi no-nic --boot cd-uefi --append vfproof.finish=hold --deadline 600 --usb-keyboard \
		--step "over=INCOMPLETE: " --step key=spc --step "failure=Page 2 of" --step quit
	expect_verdict INCOMPLETE 2
	shows over "vfproof lab no-nic, serial LAB-0001"
	shows over "host_nic_supported host: no network controller"
	shows failure "at least one network controller with SR-IOV"
	code_says over # the screen is large enough for both
	run ! grep -E '\[ *[0-9]+\.[0-9]+\]|VFPROOF-RESULT' "$SHOTS/failure.txt"
}
