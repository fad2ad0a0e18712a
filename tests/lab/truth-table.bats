#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The table of truths (docs/truth.md) is well formed, and what judges its rows finds each kind of wrong. No server is
# booted: reports are made up.
# bats file_tags=bootless
# shellcheck disable=SC2016,SC2030,SC2031 # what is looked for has backquotes; run sets status and output

bats_require_minimum_version 1.5.0

setup() {
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	# Not in /tmp: a row has one of its own.
	TREE=$(realpath "${VFPROOF_BUILD:-$TOP/build}")/truth-table/$BATS_TEST_NUMBER
	rm -rf "$TREE"
	mkdir -p "$TREE/scripts/truth" "$TREE/scripts/lab/scenarios" "$TREE/tests/truth" "$TREE/build/truth/row/report"
	cp "$TOP/scripts/truth/run" "$TREE/scripts/truth/"
	touch "$TREE/scripts/lab/scenarios/any"
	export VFPROOF_BUILD=build
	cd "$TREE" || return
}

# row LINE...: the table has this row, and these lines more
row() {
	{
		printf '[row]\nwhat = a thing\nscenario = any\n'
		printf '%s\n' "$@"
	} >tests/truth/area.ini
}

# report VERDICT ITEM...: the server has left this, each ITEM being CASE SUBJECT VERDICT [LABEL]
report() {
	local verdict=$1
	shift
	printf '%s\n' "$@" | jq -R 'split(" ") | {case: .[0], subject: .[1], verdict: .[2], label: (.[3] // ""),
		required: true, measured: "so much", reason: "", cause: "it is broken"}' |
		jq -s --arg v "$verdict" '{verdict: $v, items: ., notes: ["the clock is wrong"],
			verdict_reasons: (if $v == "QUALIFIED" then [] else ["something is wrong"] end)}' >build/truth/row/report/report.json
	echo '{"seconds": 7}' >build/truth/row/result.json
	printf '[ 5.7] vfproof abc: starting\r\nVFPROOF-RESULT: %s pass=1\r\n' "$verdict" >build/truth/row/serial.log
}

# judged STATE [TEXT]: what came of it
judged() {
	run scripts/truth/run --again
	echo "$output"
	[[ $output == *"truth: row: $1 after 7 s"* ]]
	[[ $output == *"${2:-}"* ]]
	case $1 in
	WRONG) [ "$status" -eq 1 ] ;;
	*) [ "$status" -eq 0 ] ;;
	esac
}

PF0=0000:01:00.0
PF1=0000:02:00.0
ILL=("verdict = NOT QUALIFIED" "expect = assign_vf pf0 FAIL traffic_lost" "pass = nic_* *")
FOUND=("nic_link $PF0 PASS" "nic_link $PF1 PASS" "assign_vf $PF0 FAIL traffic_lost" "assign_vf $PF1 PASS")

@test "the table: at least sixty rows, each with cases and labels that there are" {
	run "$TOP/scripts/truth/run" --list
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -ge 60 ]
	python3 - "$TOP" <<-'EOF'
		import configparser, fnmatch, pathlib, re, sys
		top = pathlib.Path(sys.argv[1])
		labels = re.findall(r"^\[(\w+)\]", (top / "configs/advice.ini").read_text(), re.M)
		cases = re.findall(r"^### (\w+)|^\| ((?:tap|iso)_\w+) ", (top / "docs/cases.md").read_text(), re.M)
		cases = [a or b for a, b in cases]
		for path in (top / "tests/truth").glob("*.ini"):
		    table = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
		    table.read(path)
		    for name in table.sections():
		        row = table[name]
		        globs = row.get("cases", "").replace(",", " ").split()
		        for key in "expect", "may", "pass":
		            for words in (line.split() for line in row.get(key, "").splitlines() if line.strip()):
		                globs.append(words[0])
		                if len(words) > 3:
		                    assert fnmatch.filter(labels, words[3]), f"{name}: no label {words[3]}"
		        for glob in globs:
		            assert fnmatch.filter(cases, glob), f"{name}: no case {glob}"
	EOF
}

@test "the table: every fault of the lab's NICs is in it" {
	n=0
	while read -r fault; do
		n=$((n + 1))
		grep -qE "^set = pf[01]\.faults=$fault(:[0-9]+)?$" "$TOP"/tests/truth/*.ini || { echo "no row has $fault" && return 1; }
	done < <(sed -n 's/^| `\([a-z0-9_]*\)` | [0-9]* *| .*/\1/p' "$TOP/docs/lab-nics.md")
	echo "$n faults"
	[ "$n" -ge 37 ]
}

@test "a row that is as expected is right, and the matrix says what was found" {
	row "${ILL[@]}"
	report "NOT QUALIFIED" "${FOUND[@]}"
	judged right
	grep -F '| a thing (`row`) | NOT QUALIFIED | FAIL assign_vf | `traffic_lost` | it is broken | right |' build/truth/matrix.md
	[ "$(jq -r '.[0].revision' build/truth/results.json)" = abc ]
}

@test "a wrong verdict is wrong" {
	row "${ILL[@]}"
	report INCOMPLETE "${FOUND[@]}"
	judged WRONG "the verdict is INCOMPLETE, not NOT QUALIFIED: something is wrong"
}

@test "a run of some cases that should be QUALIFIED is INCOMPLETE for that, and for nothing else" {
	row "verdict = QUALIFIED" "cases = nic_link"
	report QUALIFIED "nic_link $PF0 PASS"
	for reason in 'the setting "cases" leaves out 9 items' 'nic_link was skipped'; do
		jq --arg r "$reason" '.verdict = "INCOMPLETE" | .verdict_reasons = [$r]' build/truth/row/report/report.json >new
		mv new build/truth/row/report/report.json
		case $reason in
		the*) judged right ;;
		*) judged WRONG "it is INCOMPLETE: nic_link was skipped" ;;
		esac
	done
}

@test "a wrong label is wrong" {
	row "${ILL[@]}"
	report "NOT QUALIFIED" "${FOUND[@]/traffic_lost/guest_died}"
	judged WRONG "assign_vf pf0 FAIL traffic_lost: got FAIL guest_died"
}

@test "a wrong cause is wrong" {
	mkdir configs
	printf '[weak]\ncause = it is\n\tbroken\n[dead]\ncause = it is dead\n' >configs/advice.ini
	row "${ILL[@]/traffic_lost/traffic_lost weak}"
	report "NOT QUALIFIED" "${FOUND[@]}"
	judged right
	row "${ILL[@]/traffic_lost/traffic_lost dead}"
	judged WRONG "assign_vf pf0 FAIL traffic_lost dead: got FAIL traffic_lost weak"
}

@test "a finding at the wrong port is wrong" {
	row "${ILL[@]}"
	report "NOT QUALIFIED" "nic_link $PF0 PASS" "assign_vf $PF0 PASS" "assign_vf $PF1 FAIL traffic_lost"
	judged WRONG "assign_vf pf0 FAIL traffic_lost: got PASS"
}

@test "a failure more than expected is wrong, unless it may be" {
	row "${ILL[@]}"
	report "NOT QUALIFIED" "${FOUND[@]}" "vf_alive $PF1 WARN vf_dead"
	judged WRONG "vf_alive $PF1 is WARN vf_dead: so much"
	row "${ILL[@]}" "may = vf_* pf1 WARN"
	judged right
}

@test "what must pass and does not, or is not there, is wrong" {
	row "${ILL[@]}" "may = nic_link pf1 WARN"
	report "NOT QUALIFIED" "${FOUND[@]/nic_link $PF1 PASS/nic_link $PF1 WARN link_slow}"
	judged WRONG "nic_* * PASS: got PASS, WARN link_slow"
	row "${ILL[@]}" "	vf_alive pf0"
	report "NOT QUALIFIED" "${FOUND[@]}"
	judged WRONG "vf_alive pf0 PASS: got no such item"
}

@test "reasons, notes and the console's words are looked for" {
	row "${ILL[@]}" "reason = is wrong" "note = clock" "console = RESULT: NOT	QUALIFIED"
	report "NOT QUALIFIED" "${FOUND[@]}"
	judged right
	row "${ILL[@]}" "reason = is right"
	judged WRONG "no reason says 'is right'"
	row "${ILL[@]}" "note = battery"
	judged WRONG "no note says 'battery'"
	row "${ILL[@]}" "console = QUALIFIED at last"
	judged WRONG "the console does not say 'QUALIFIED at last'"
}

@test "a server that leaves no report is judged by its console, if the row says so" {
	row "${ILL[@]}"
	report "NOT QUALIFIED" "${FOUND[@]}"
	rm build/truth/row/report/report.json
	judged WRONG "there is no report"
	row "verdict = NOT QUALIFIED" "console = starting"
	judged right
	row "verdict = INCOMPLETE" "console = starting"
	judged WRONG "the verdict is NOT QUALIFIED, not INCOMPLETE"
	echo starting >build/truth/row/serial.log
	judged WRONG "neither a report nor a result line"
}

@test "a red row that is wrong is red and no failure; one that is right is told" {
	row "${ILL[@]}" "red = nobody looks"
	report "NOT QUALIFIED" "nic_link $PF0 PASS" "assign_vf $PF0 PASS"
	judged red
	grep -F '| red: nobody looks |' build/truth/matrix.md
	report "NOT QUALIFIED" "${FOUND[@]}"
	judged "right, although it is marked red"
}

@test "a server to which not all was done has shown nothing" {
	row "${ILL[@]}" "at = one => quit" "	two => quit"
	report "NOT QUALIFIED" "${FOUND[@]}"
	echo "'one': {\"execute\": \"quit\"}: {\"return\": {}}" >build/truth/row/at.log
	judged WRONG "only 1 of 2 things were done"
	echo "'two': {\"execute\": \"quit\"}: {\"error\": {\"desc\": \"no\"}}" >>build/truth/row/at.log
	judged WRONG "only 1 of 2 things were done"
	sed -i 's/{"error".*/{"return": {}}/' build/truth/row/at.log
	judged right
}

@test "a server that does not end by itself, or tells two results, is wrong" {
	row "${ILL[@]}"
	report "NOT QUALIFIED" "${FOUND[@]}"
	echo 'vfproof: the server was switched off after 1500 s' >build/truth/row/run.log
	judged WRONG "the server was switched off after 1500 s: it did not end"
	echo 'vfproof: waiting' >build/truth/row/run.log
	judged right
	printf 'VFPROOF-RESULT: NOT QUALIFIED pass=2\r\n' >>build/truth/row/serial.log
	judged WRONG "there are 2 result lines"
}

# refused TEXT LINE...: such a row is none
refused() {
	local text=$1
	shift
	row "$@"
	run scripts/truth/run --list
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"tests/truth/area.ini: "*"$text"* ]]
}

@test "a malformed row is refused by name" {
	refused "row: there is no expects" "verdict = QUALIFIED" "expects = a pf0 FAIL"
	refused "row: verdict 'FINE' is none" "verdict = FINE"
	refused "row: verdict is missing" "note = x"
	refused "row: 'assign_vf FAIL' is not CASE" "verdict = NOT QUALIFIED" "expect = assign_vf FAIL"
	refused "row: 'assign_vf pf7 FAIL' is not CASE" "verdict = NOT QUALIFIED" "expect = assign_vf pf7 FAIL"
	refused "there is no cause weak" "verdict = NOT QUALIFIED" "expect = assign_vf pf0 FAIL guest_died weak"
	refused "row: a row whose verdict is not QUALIFIED expects something" "verdict = INCOMPLETE"
	refused "row: a red row says why" "verdict = QUALIFIED" "red ="
	refused "row: 'now' is not TEXT => COMMAND" "verdict = QUALIFIED" "at = now"
	refused "row: 'igb' is not DRIVER FUNCTION" "verdict = QUALIFIED" "hangs = igb"
	refused "section 'row' already exists" "verdict = QUALIFIED" "[row]"
	row "verdict = QUALIFIED"
	rm scripts/lab/scenarios/any
	run scripts/truth/run --list
	[[ $output == *"row: there is no scenario any"* ]]
}

@test "rows are booted beside each other with what they say, and those that never were are named" {
	row "verdict = QUALIFIED" "cases = a b" "set = pf0.faults=drop" "at = x => quit" "settings = y=1" "options = --memory 700"
	printf '[%s]\nwhat = a thing\nscenario = any\nverdict = QUALIFIED\n' second >>tests/truth/area.ini
	printf '[%s]\nwhat = a thing\nscenario = any\nverdict = QUALIFIED\n' third >>tests/truth/area.ini
	report QUALIFIED "nic_link $PF0 PASS"
	cp build/truth/row/report/report.json healthy.json
	cat >scripts/lab/run <<-'EOF'
		#!/bin/sh
		touch /tmp/mine && [ "$(ls /tmp)" = mine ] || exit
		name=$(basename "$3")
		echo "$*" >"$name.command"
		for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			[ "$(ls *.command | wc -l)" -lt 2 ] || break # the other one runs as well
			sleep 0.2
		done
		[ "$n" -lt 20 ] || exit
		mkdir -p "$3/report" && cp healthy.json "$3/report/report.json"
		echo "'x': {}: {}" >"$3/at.log"
	EOF
	chmod +x scripts/lab/run
	run scripts/truth/run --jobs 2 row second
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"2 right, 0 red, 0 WRONG" ]]
	grep -xF "any --out $TREE/build/truth/row --quiet --deadline 1500 --append y=1 vfproof.cases=a,b --set pf0.faults=drop --at x quit --memory 700" row.command
	grep -F 'Not run: third.' build/truth/matrix.md
	[ "$(jq length build/truth/results.json)" -eq 2 ]
	run scripts/truth/run nosuch
	[ "$status" -eq 1 ]
	[[ $output == *"no row is called nosuch; there are: row second third"* ]]
}
