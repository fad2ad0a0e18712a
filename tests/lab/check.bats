#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# make check itself, on a small tree: which tests are run, beside what, and what is told of them. Nothing is
# built or booted.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup() {
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	TREE=$BATS_TEST_TMPDIR/tree
	export VFPROOF_BUILD=$TREE/build VFPROOF_JOBS=2 JOBS=2 SEEN=$BATS_TEST_TMPDIR/seen
	mkdir -p "$TREE/tests/unit" "$TREE/build/unit"
	cp -r "$TOP/scripts" "$TREE/"
	cp -r "$TOP/tests/fixtures/check/lab" "$TOP/tests/fixtures/check/unit" "$TREE/tests/"
	for stub in setup build/all check/lint; do
		# shellcheck disable=SC2016 # the stub's
		printf '#!/bin/sh\necho "%s $*" >>"$SEEN"\n' "$stub" >"$TREE/scripts/$stub"
	done
	cp "$TOP"/tests/fixtures/check/programs/* "$TREE/build/unit/"
	cd "$TREE" || return
}

# check [WHAT]: its lines are in $output
check() {
	run --separate-stderr "$TREE/scripts/check/all" "$@"
	# shellcheck disable=SC2154 # set by run
	echo "$output
$stderr"
}

# From check.json.
told() {
	jq -c "$1" "$TREE/build/check.json"
}

@test "all of them: the count in the last line, what failed by name, seconds for each" {
	check
	[ "$status" -eq 1 ]
	[ "${lines[-1]}" = "8 passed, 5 failed, 2 skipped" ]
	[ "$(grep -c '^FAILED ' <<<"$output")" -eq 5 ]
	[ "$(told '.failed | sort')" = '["broken: never","broken: setup_file failed","mixed: bad","test_crash: ended with status 3","test_mixed: wrong"]' ]
	[ "$(told '.skipped | sort')" = '["mixed: left out","test_mixed: not_here"]' ]
	[ "$(told '[.passed, .clean, .jobs, .tests]')" = '[8,false,2,null]' ]
	[ "$(told '.seconds["apart: long"] >= 1 and .seconds["mixed: setup_file"] >= 1 and (.seconds | has("test_mixed"))')" = true ]
	[ "$(told '.stages | keys')" = '["analyser","images","lint","setup","unit"]' ]
	# All of it in one stream, and as TAP.
	[ "$(grep -c '^ok ' build/lab-tests.tap)" -eq 7 ]
	[ "$(grep -oP '^(not )?ok \K\d+' build/lab-tests.tap | xargs)" = "$(seq -s ' ' 9)" ]
}

# How many tests were under way at most.
most_at_a_time() {
	awk '/^begin/ { n++ } /^end/ { n-- } n > most { most = n } END { print most }' "$SEEN"
}

@test "two at a time, the longest first; each has the ports of its loopback for itself" {
	TOGETHER=1 TESTS="short long" check
	[ "$status" -eq 0 ]
	[[ $stderr == *"lab: 1 of 2 begins: apart: long"* ]]
	[ "$(most_at_a_time)" -eq 2 ]
	rm "$SEEN"
	JOBS=1 check lab-tests
	[[ $stderr == *"lab: 1 of 6 begins: apart: long"* ]]
	[ "$(most_at_a_time)" -eq 1 ]
}

@test "without JOBS, three at a time for two processors, as far as there is memory" {
	local jobs=$((($(nproc) * 3 + 1) / 2)) fit
	fit=$(($(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo) / (3 << 20)))
	JOBS='' TESTS=signs check
	[ "$(told .jobs)" -eq $((jobs < fit ? jobs : fit)) ]
}

@test "what a failed test says stays together" {
	check lab-tests
	[ "$(grep -n 'said by bad' <<<"$output" | cut -d: -f1 | awk 'NR > 1 { print $1 - last } { last = $1 }' | xargs)" = "1 1" ]
}

@test "TESTS: a file, a program, a part of a name, and several of these" {
	TESTS=mixed check
	[ "${lines[-1]}" = "1 passed, 1 failed, 1 skipped" ]
	[ "$(told .tests)" = '"mixed"' ]
	TESTS=tests/lab/mixed.bats check
	[ "${lines[-1]}" = "1 passed, 1 failed, 1 skipped" ]
	run ! grep -q -e lint -e analyse "$SEEN"
	rm "$SEEN"
	TESTS=test_sound check
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
	[ "$(grep ^build "$SEEN")" = "build/all -Otarget build/unit/test_sound" ] # and no images
	TESTS=right check # one of test_mixed
	[ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
	TESTS="(in brackets)" check
	# shellcheck disable=SC2016 # no variable
	[ "$(told '.seconds | keys')" = '["apart: with signs (in brackets): [a-z]* $x | \"y\""]' ]
	[ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
	TESTS="test_sound good brackets" check
	[ "${lines[-1]}" = "3 passed, 0 failed, 0 skipped" ]
	# The first makes what the second looks at.
	TESTS="pair two" check
	[ "${lines[-1]}" = "2 passed, 0 failed, 0 skipped" ]
}

@test "what cannot be meant is an error that names it" {
	JOBS=0 check
	[ "$status" -ne 0 ]
	[[ $stderr == *"JOBS=0: "* ]]
	JOBS=abc check
	[ "$status" -ne 0 ]
	[[ $stderr == *"JOBS=abc: "* ]]
	TESTS="mixed zork" check
	[ "$status" -ne 0 ]
	[[ $stderr == *"'zork'"* ]]
	[ ! -e "$SEEN" ] # nothing was begun
}

@test "lint or a build that fails ends it, and is told of" {
	for stub in check/lint build/all; do
		printf '#!/bin/sh\necho "this is wrong"\nexit 2\n' >"$TREE/scripts/$stub"
	done
	printf '#!/bin/sh\nsleep 20\n' >"$TREE/scripts/build/all"
	check
	[ "$status" -eq 1 ]
	[[ $output == *"this is wrong"* ]]
	[ "${lines[-1]}" = "0 passed, 1 failed, 0 skipped" ]
	[ "$(told .failed)" = '["lint"]' ]
	printf '#!/bin/sh\necho "no such header"\nexit 2\n' >"$TREE/scripts/build/all"
	printf '#!/bin/sh\n' >"$TREE/scripts/check/lint"
	check precheck
	[ "$status" -eq 1 ]
	[[ $output == *"no such header"* ]]
	[ "${lines[-1]}" = "0 passed, 1 failed, 0 skipped" ]
	check
	[ "$(told .failed)" = '["images"]' ]
}

@test "precheck is lint and unit tests alone" {
	check precheck
	[ "${lines[-1]}" = "2 passed, 2 failed, 1 skipped" ]
	[ "$(grep -c -e '^check/lint quick' -e '^build/all -Otarget' "$SEEN")" -eq 3 ]
	run ! grep -e '^build/all $' -e begin "$SEEN"
	[ ! -e build/check.json ]
}

@test "full is what is too long for make check, and nothing else" {
	check full
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
	[[ $stderr == *"lab: 1 of 1 begins: apart: what make full runs"* ]]
	run ! grep -e lint -e analyse "$SEEN"
	[ ! -e build/check.json ]
	TESTS="make full" check
	[ "${lines[-1]}" = "1 passed, 0 failed, 0 skipped" ]
}

@test "make check waits for another one in the same tree" {
	mkdir -p build
	exec 7>>build/build.lock
	flock 7
	echo "make check of a test" >build/build.lock
	"$TREE/scripts/check/all" lab-tests >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- 7>&- &
	for ((i = 0; i < 100; i++)); do
		! grep -q "waiting for another command in this tree: make check of a test" "$BATS_TEST_TMPDIR/log" || break
		sleep 0.1
	done
	[ "$i" -lt 100 ]
	run ! grep begin "$SEEN"
	flock -u 7
	wait $! || true
	grep -q begin "$SEEN"
}

@test "more results than a pipe has room for end no check" {
	local i
	RESULTS=$BATS_TEST_TMPDIR/many
	for ((i = 0; i < 2000; i++)); do
		printf 'time\ta program of tests: the name of its test number %d\t%d.5\n' "$i" "$i"
	done >"$RESULTS"
	run bash -c "set -euo pipefail; RESULTS=$RESULTS; . '$BATS_TEST_DIRNAME/../../scripts/check/results.sh'; results_print"
	[ "$status" -eq 0 ]
	[[ ${lines[1]} == *"1999.5  a program of tests: the name of its test number 1999" ]]
	[ "$(grep -c 'a program of tests' <<<"$output")" -eq 20 ]
}
