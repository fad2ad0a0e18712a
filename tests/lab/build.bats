#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A build that is killed leaves nothing that a later one takes for whole, and two at a time in one tree wait
# for each other. Nothing is booted, and no more is built than each kind of recipe once.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup() {
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	B=$TOP/build/lab/$BATS_TEST_NUMBER-build
	OUT=$BATS_TEST_TMPDIR
	export VFPROOF_BUILD=$B VFPROOF_JOBS=1
	rm -rf "$B"
	mkdir -p "$B/bin" "$OUT/bin"
}

# instead PROGRAM...: tests/tools/cut-short stands in for them
instead() {
	local name
	for name in "$@"; do
		ln -s "$TOP/tests/tools/cut-short" "$OUT/bin/$name"
	done
	export CUT_IN=$B CUT_LIST=$OUT/cut
	: >"$CUT_LIST"
}

# build TARGET...: in a process group of its own
build() {
	setsid --wait env PATH="$OUT/bin:$PATH" "$TOP/scripts/build/all" "$@"
}

# Waits until a file has the text, which is soon.
wait_for() {
	local i
	for ((i = 0; i < 600; i++)); do
		! grep -qs -- "$1" "$2" || return 0
		sleep 0.1
	done
	echo "never said: $1"
	cat "$2"
	return 1
}

# Archives with one file each, in place of those that take long.
make_small_parts() {
	mkdir -p "$OUT/small/etc" "$OUT/small/usr"
	echo appliance >"$OUT/small/etc/one"
	echo guests >"$OUT/small/usr/one"
	(cd "$OUT/small" && find etc | cpio --quiet -o -H newc | zstd -q >appliance.img)
	(cd "$OUT/small" && find usr | cpio --quiet -o -H newc | xz --check=crc32 >guests.cpio.xz)
}

# What takes long is there: the libraries, the programs, the archives (small ones) and the firmware.
bring_parts() {
	local b=${B#"$TOP/"} file
	cp -a "$TOP/build/deps" "$B/"
	find "$B/deps" -exec touch {} +
	cp "$TOP/build/bin/vfproof" "$TOP/build/bin/agent" "$B/bin/"
	mkdir -p "$B/guest"
	cp "$OUT/small/appliance.img" "$B/"
	cp "$OUT/small/guests.cpio.xz" "$B/guest/"
	PARTS=()
	for file in bin/vfproof bin/agent appliance.img guest/guests.cpio.xz; do
		PARTS+=(-o "$b/$file")
	done
	TARGETS=()
	for file in bin/unxz bin/qemu-fix.so san/tests/unit/fuzz.o analysed/appliance/unxz/unxz.ok obj/tables.o kmods/.done \
		guest/vmlinux guest/initramfs.img out/vmlinuz out/vfproof out/initramfs.img out/vfproof-usb.img \
		out/vfproof.iso out/vfproof.efi netboot.done; do
		TARGETS+=("$b/$file")
	done
}

# Every file's hash, but of what was unfinished and of what says where it was built.
hashes() {
	(cd "$B" && find . -type f ! -name '*.partial' ! -name '*.lock' ! -name '*.part' -exec sha256sum {} + | sort -k 2)
}

@test "killed in the middle of each kind of file that it writes, a build ends up with the same bits" {
	make_small_parts
	instead cc strip cat cp mv install zstd xz cpio sed ukify
	bring_parts
	"$TOP/scripts/build/all" "${PARTS[@]}" "${TARGETS[@]}"
	hashes >"$OUT/undisturbed"
	find "$B" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
	mkdir -p "$B/bin"
	bring_parts
	killed=0
	until build "${PARTS[@]}" "${TARGETS[@]}" 2>"$OUT/log"; do
		# It was killed, and did not fail over what the one before it had left.
		echo "killed $killed times; $(tail -n 1 "$CUT_LIST")"
		cat "$OUT/log"
		killed=$((killed + 1))
		[ "$killed" -eq "$(wc -l <"$CUT_LIST")" ]
	done
	cat "$CUT_LIST"
	[ "$killed" -ge 20 ]
	diff "$OUT/undisturbed" <(hashes)
}

# fake_mmdebstrap: the folder that it is to make has a file "bin" at once; CUT_ROOT kills it there.
fake_mmdebstrap() {
	cat >"$OUT/bin/mmdebstrap" <<-'EOF2'
		#!/bin/bash
		for word in "$@"; do
			case $word in */root.partial) root=$word ;; esac
		done
		mkdir -p "$root/src"
		echo "half" >"$root/bin"
		[ -z "${CUT_ROOT:-}" ] || kill -KILL 0
		echo "whole" >"$root/bin"
	EOF2
	chmod +x "$OUT/bin/mmdebstrap"
}

@test "a private root is taken for whole only if it is: killed while it is made, and while it replaces another" {
	export VFPROOF_ROOT=$B/root
	fake_mmdebstrap
	setup_root() {
		setsid --wait env PATH="$OUT/bin:$PATH" "$@" "$TOP/scripts/setup"
	}
	run ! setup_root CUT_ROOT=1
	[ ! -e "$B/root" ]
	setup_root MIRROR=first
	[ "$(cat "$B/root/bin")" = whole ]
	instead rm
	# Whatever name the old one has while it is removed.
	run -137 setup_root MIRROR=second CUT_RM="$B/root?(.old)"
	setup_root MIRROR=first
	[ "$(cat "$B/root/bin")" = whole ]
}

# A compiler that waits for the file "go", and counts its calls.
waiting_compiler() {
	cat >"$OUT/bin/cc" <<-'EOF2'
		#!/bin/bash
		here=$(dirname "$0")/..
		echo called >>"$here/calls"
		until [ -e "$here/go" ]; do sleep 0.1; done
		PATH=${PATH#*:}
		exec cc "$@"
	EOF2
	chmod +x "$OUT/bin/cc"
	UNXZ=${B#"$TOP/"}/bin/unxz
	export PATH="$OUT/bin:$PATH"
	cp -a "$TOP/build/deps" "$B/"
	find "$B/deps" -exec touch {} +
	setsid "$TOP/scripts/build/all" "$UNXZ" 3>&- &
	FIRST=$!
	wait_for called "$OUT/calls"
}

@test "of two builds at a time the second says for whom it waits, and does nothing twice" {
	waiting_compiler
	"$TOP/scripts/build/all" "$UNXZ" 2>"$OUT/second" 3>&- &
	second=$!
	wait_for "waiting for another command in this tree: a build of $UNXZ (process $FIRST" "$OUT/second"
	[ "$(wc -l <"$OUT/calls")" -eq 1 ]
	touch "$OUT/go"
	wait "$FIRST"
	wait "$second"
	[ "$(wc -l <"$OUT/calls")" -eq 2 ] # it compiles and links
	[ -x "$B/bin/unxz" ]
}

@test "a build whose head was killed is waited for as long as its compiler is at work" {
	waiting_compiler
	kill -KILL "$FIRST"
	"$TOP/scripts/build/all" "$UNXZ" 2>"$OUT/second" 3>&- &
	second=$!
	wait_for "waiting for another command" "$OUT/second"
	[ "$(wc -l <"$OUT/calls")" -eq 1 ]
	touch "$OUT/go"
	wait "$second"
	[ -x "$B/bin/unxz" ]
}

@test "a build that was killed altogether is not waited for" {
	waiting_compiler
	kill -KILL -- "-$FIRST"
	touch "$OUT/go"
	"$TOP/scripts/build/all" "$UNXZ" 2>"$OUT/second"
	run ! grep waiting "$OUT/second"
	[ -x "$B/bin/unxz" ]
}

# says_it_waits COMMAND...: while a build is under way
says_it_waits() {
	waiting_compiler
	setsid "$@" >"$OUT/second" 2>&1 3>&- &
	second=$!
	wait_for "waiting for another command in this tree: a build of" "$OUT/second"
	kill -KILL -- "-$second" "-$FIRST"
}

@test "a lab server waits for a build, and the other way round; two of them wait if they use one folder" {
	says_it_waits "$TOP/scripts/lab/run" no-nic --out "$B/server"
	"$BATS_TEST_DIRNAME/../../scripts/lab/run" no-nic --out "$B/server" --media "$B" >"$OUT/third" 2>&1 || true
	grep -q "there is no $B/vmlinuz" "$OUT/third" # nobody has the lock any more
	exec 7>>"$B/build.lock" 8>>"$B/server/lock"
	flock -s 7
	flock 8
	setsid "$TOP/scripts/lab/run" no-nic --out "$B/server" >"$OUT/fourth" 2>&1 3>&- 7>&- 8>&- &
	wait_for "waiting for the lab server that uses $B/server" "$OUT/fourth"
	kill -KILL -- "-$!"
	setsid "$TOP/scripts/build/all" "$UNXZ" >"$OUT/fifth" 2>&1 3>&- 7>&- 8>&- &
	wait_for "waiting for another command in this tree: the lab server no-nic" "$OUT/fifth"
	kill -KILL -- "-$!"
}

@test "make clean, bench and reproducible wait for a build" {
	for script in build/clean bench/all build/reproducible; do
		# As from outside of the root.
		says_it_waits env -u VFPROOF_IN_ROOT "$TOP/scripts/$script"
		rm -rf "$OUT/calls" "$B/deps"
	done
}
