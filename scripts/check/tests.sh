# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by scripts/check/all: which tests there are, and which of them are meant by a word.
#
# Lab tests run in units, and units beside each other. A file of tests/lab is one unit, as its tests may share
# what setup_file() made. Tags of bats say otherwise:
#   file_tags=apart       each test of the file is a unit
#   file_tags=bootless    it boots no server, and runs beside those that do
#   test_tags=with:NAME   but for those with the same NAME, which are one: the first boots for all of them
#   test_tags=minutes:N   so long it takes; the longest begin first
#   test_tags=full        make full runs it, and make check does not; with:NAME holds for all of them then

# "minutes TAB unit TAB file TAB test TAB kind TAB of" for each lab test, the longest units first. Names are as they
# are written; the kind is bootless or server; of is check or full, whichever runs it.
lab_tests() {
	awk '
	FNR == 1 { file = FILENAME; sub(/.*\//, "", file); sub(/\.bats$/, "", file); apart = bootless = 0; tags = "" }
	/^# bats file_tags=/ { apart = /[=, ]apart/; bootless = /[=, ]bootless/ }
	/^# bats test_tags=/ { tags = $0; sub(/.*test_tags=/, "", tags); gsub(/ /, "", tags) }
	/^@test / {
		name = $0
		if (!sub(/^@test "/, "", name) || !sub(/" \{$/, "", name)) {
			print FILENAME ": line " FNR " is no @test \"NAME\" {" >"/dev/stderr"
			exit 1
		}
		unit = apart ? file ": " name : file
		minutes = 0
		of = "check"
		kind = bootless ? "bootless" : "server"
		count = split(tags, tag, ",")
		for (i = 1; i <= count; i++) {
			if (apart && tag[i] ~ /^with:/)
				unit = file ": " substr(tag[i], 6)
			if (tag[i] ~ /^minutes:/)
				minutes = substr(tag[i], 9)
			if (tag[i] == "full")
				of = "full"
		}
		tags = ""
		total[unit] += minutes
		lines[++n] = unit "\t" file "\t" name "\t" kind "\t" of
	}
	END { for (i = 1; i <= n; i++) { split(lines[i], f, "\t"); print total[f[1]] "\t" lines[i] } }
	' "$TOP"/tests/lab/*.bats | sort -s -t $'\t' -k 1,1nr
}

# lab_tests_of WHAT: those that make check or make full runs
lab_tests_of() {
	lab_tests | awk -F '\t' -v of="$1" '$6 == of'
}

# "program TAB test" for each unit test
unit_tests() {
	local file program
	for file in "$TOP"/tests/unit/test_*.c; do
		program=$(basename "$file" .c)
		sed -n "s/^static void \([a-z0-9_]*\)(void \*\*state)$/$program\t\1/p" "$file"
	done
}

# lab_selection WORD: the lines of lab_tests for a file, or for what is in a test's name. Tests that share
# the boot of one of them stay together.
lab_selection() {
	local file=${1##*/}
	lab_tests | WORD=$1 FILE=${file%.bats} awk -F '\t' '
		{ lines[NR] = $0; if ($3 == ENVIRON["FILE"]) whole = 1; if (index($4, ENVIRON["WORD"])) hit[$2] = 1 }
		END {
			for (i = 1; i <= NR; i++) {
				split(lines[i], f, "\t")
				if (whole)
					meant = f[3] == ENVIRON["FILE"]
				else if (f[2] == f[3]) # what setup_file() made is there for any of them
					meant = index(f[4], ENVIRON["WORD"])
				else
					meant = f[2] in hit
				if (meant)
					print lines[i]
			}
		}'
}

# unit_selection WORD: the name of a program, or "program:test" for each test with that in its name
unit_selection() {
	local program=${1##*/}
	program=${program%.c}
	if [[ $program == test_* ]] && [ -f "$TOP/tests/unit/$program.c" ]; then
		echo "$program"
	else
		unit_tests | WORD=$1 awk -F '\t' 'index($2, ENVIRON["WORD"]) { print $1 ":" $2 }'
	fi
}

# select_tests WORDS: LAB and UNIT, a line for each test that is meant. All of the words may be one name.
select_tests() {
	local word words lab unit
	LAB=$(lab_selection "$1") UNIT=$(unit_selection "$1")
	[ -z "$LAB$UNIT" ] || return 0
	read -ra words <<<"$1"
	for word in "${words[@]}"; do
		lab=$(lab_selection "$word") unit=$(unit_selection "$word")
		[ -n "$lab$unit" ] ||
			die "TESTS: '$word' is no file of tests/lab, no program of tests/unit and in no test's name"
		LAB+=$lab$'\n' UNIT+=$unit$'\n'
	done
	LAB=$(awk 'NF && !seen[$0]++' <<<"$LAB" | sort -s -t $'\t' -k 1,1nr)
	# Not twice what belongs to a program that is meant as a whole.
	UNIT=$(sort -u <<<"$UNIT" | awk -F : 'NF == 1 { whole[$1] = 1 } NF == 1 || NF && !($1 in whole)')
}
