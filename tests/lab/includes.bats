#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/check/includes on made-up trees: what it lets pass, and that it names what it does not.
# bats file_tags=bootless

setup() {
	TREE=$BATS_TEST_TMPDIR/tree
	file scripts/check/layers <<-'EOF'
		order base sys model # a comment
		folder runner = base sys model
		folder guest-image/agent = base
		machine runner/sys/
		machine runner/base/log
	EOF
	file runner/base/util.h </dev/null
	file runner/base/log.c <<<'char *console = "/dev/console";'
	file runner/sys/pci.h <<<'#include "base/util.h"'
	file runner/sys/pci.c <<-'EOF'
		#include "sys/pci.h"
		int pci_open(void) { return ioctl(open("sys/bus/pci"), 1); }
	EOF
	file runner/model/plan.h <<-'EOF'
		#include "base/util.h"
		#include "sys/pci.h"
		#include "version.h"
	EOF
	file runner/model/plan.c <<<'#include "model/plan.h"'
	file runner/main.c <<<'#include "model/plan.h"'
	file guest-image/agent/agent.h <<<'#include "base/util.h"'
	file guest-image/agent/main.c <<-'EOF'
		#include "agent.h"
		int main(void) { return mount("/sys"); }
	EOF
}

# file PATH: standard input becomes that file of the made-up tree.
file() {
	mkdir -p "$(dirname "$TREE/$1")"
	cat >"$TREE/$1"
}

# passes
passes() {
	run "$BATS_TEST_DIRNAME/../../scripts/check/includes" "$TREE"
	[ -z "$output" ] || echo "$output"
	[ "$status" -eq 0 ] && [ -z "$output" ]
}

# fails TEXT...: there is one error for each TEXT, in that order, and TEXT is a part of it.
fails() {
	local i
	run "$BATS_TEST_DIRNAME/../../scripts/check/includes" "$TREE"
	echo "$output"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq $# ]
	for i in "${!lines[@]}"; do
		[[ ${lines[i]} == *"$1"* ]] || return 1
		shift
	done
}

@test "a tree that keeps its layers passes" {
	passes
}

@test "this tree has a table that is understood" {
	run "$BATS_TEST_DIRNAME/../../scripts/check/includes" "$BATS_TEST_DIRNAME/../.."
	[[ $output != *"not understood"* ]]
}

@test "an include upwards is named with its line and what is allowed" {
	file runner/sys/up.c <<-'EOF'
		#include <errno.h>
		  #  include "model/plan.h"
	EOF
	fails "runner/sys/up.c:2: includes runner/model/plan.h: runner/sys may include runner/sys, runner/base and no other"
}

@test "the agent includes only what it shares" {
	file guest-image/agent/modules.c <<<'#include "sys/pci.h"'
	fails "guest-image/agent/modules.c:1: includes runner/sys/pci.h"
}

@test "a relative path upwards is no way round" {
	file runner/sys/up.c <<<'#include "../model/plan.h"'
	fails "runner/sys/up.c:1: includes runner/model/plan.h"
}

@test "an include in a comment is none" {
	file runner/sys/up.c <<-'EOF'
		/* as in
		#include "model/plan.h"
		*/
		// #include "model/plan.h"
	EOF
	passes
}

@test "a circle of two files" {
	file runner/sys/a.h <<<'#include "sys/b.h"'
	file runner/sys/b.h </dev/null
	file runner/sys/b.c <<<'#include "sys/a.h"'
	fails "runner/sys/a.h:1: a circle of files: runner/sys/a includes runner/sys/b (runner/sys/a.h:1), which includes runner/sys/a (runner/sys/b.c:1)"
}

@test "a circle of three files" {
	file runner/sys/a.h <<<'#include "sys/b.h"'
	file runner/sys/b.h <<<'#include "sys/c.h"'
	file runner/sys/c.h </dev/null
	file runner/sys/c.c <<<'#include "sys/a.h"'
	fails "a circle of files: runner/sys/a includes runner/sys/b (runner/sys/a.h:1), which includes runner/sys/c (runner/sys/b.h:1), which includes runner/sys/a (runner/sys/c.c:1)"
}

@test "two circles are both named, and no file that only leads to one" {
	file runner/sys/a.h <<<'#include "sys/b.h"'
	file runner/sys/b.h <<<'#include "sys/a.h"'
	file runner/model/c.h <<<'#include "model/d.h"'
	file runner/model/d.h <<<'#include "model/c.h"'
	file runner/model/e.h <<<'#include "model/c.h"'
	fails "runner/model/c includes runner/model/d" "runner/sys/a includes runner/sys/b"
}

@test "a folder that the table does not know" {
	file runner/cloud/x.h <<<'#include "base/util.h"'
	file runner/model/x.c <<<'#include "cloud/x.h"'
	fails "runner/cloud/x.h:1: scripts/check/layers does not know the folder runner/cloud" \
		"runner/model/x.c:1: includes runner/cloud/x.h: scripts/check/layers does not know the folder runner/cloud"
}

@test "a file that is not there" {
	file runner/model/x.c <<<'#include "base/nothing.h"'
	fails "runner/model/x.c:1: includes base/nothing.h: there is no such file"
}

@test "a file of ours that hides a header of the system" {
	file runner/sys/mount.h </dev/null
	file runner/sys/x.c <<<'#include <sys/mount.h>'
	fails "runner/sys/x.c:1: <sys/mount.h> is runner/sys/mount.h"
}

@test "paths of the machine and such calls belong in sys/" {
	file runner/model/x.c <<-'EOF'
		a("sys/bus/pci"); b("/sys"); c("proc/cmdline"); d("/dev/" TTY);
		ioctl(1);
		fd = umount2 (x) + socket(AF_PACKET, 1);
	EOF
	fails 'x.c:1: "/dev/": only' 'x.c:1: "/sys": only' 'x.c:1: "proc/cmdline": only' \
		'x.c:1: "sys/bus/pci": only' "x.c:2: ioctl: only" "x.c:3: socket(AF_PACKET: only" "x.c:3: umount2: only"
}

@test "what only looks like it is none" {
	file runner/model/x.c <<-'EOF'
		/* "sys/bus/pci" and ioctl(1) */
		a("/system", "run/vfproof", "/devices", "in sys/", "ioctl(1)", '"', "/dev/x cannot be opened");
		my_ioctl(1); s.mount(1); s->mount(1); int mount = 1; socket(AF_UNIX, 1); socketpair(AF_UNIX);
	EOF
	passes
}

@test "an exception to that has a reason and goes when it is not needed" {
	file runner/model/x.c <<<'ioctl(1);'
	echo "except runner/model/x.c because of a test" >>"$TREE/scripts/check/layers"
	passes
	file runner/model/x.c </dev/null
	fails "scripts/check/layers:6: runner/model/x.c does not touch the machine: it needs no exception"
	echo "except runner/model/x.c" >"$TREE/more"
	cat "$TREE/more" >>"$TREE/scripts/check/layers"
	fails "layers:6: runner/model/x.c does not touch" "layers:7: not understood: except runner/model/x.c"
}

@test "a tree without code is no success" {
	rm -r "$TREE/runner" "$TREE/guest-image"
	fails "there is no C code"
}
