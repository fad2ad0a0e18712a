# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by scripts/check/all: the lab tests in units (tests.sh), as many at a time as the machine can take.
# WORK is the folder of the check, RESULTS the file that takes a line for each result.

LAB_MEMORY_KB=$((3 << 20)) # a server of 1.5 GB, its QEMU, what it has in /tmp
lab_boots=() lab_bootless=() # units that are still to be begun
lab_total=0 lab_begun=0 lab_left=0 # units
lab_running=0 # servers at work
declare -A lab_file=() lab_names=() lab_kind=()

# How many at a time: JOBS, or three for two processors, as far as there is memory: a server has its processor to
# itself for little more than half of its time.
lab_jobs() {
	local jobs free
	if [ -n "${JOBS:-}" ]; then
		[[ $JOBS =~ ^[1-9][0-9]{0,2}$ ]] ||
			die "JOBS=$JOBS: how many lab servers run at a time is a whole number, 1 or more"
		echo "$JOBS"
		return
	fi
	jobs=$((($(nproc) * 3 + 1) / 2))
	free=$(($(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo) / LAB_MEMORY_KB))
	[ "$jobs" -le "$free" ] || jobs=$free
	echo $((jobs > 0 ? jobs : 1))
}

# lab_gather TESTS: lines of lab_tests() become units, in their order.
lab_gather() {
	local unit file name kind
	while IFS=$'\t' read -r _ unit file name kind _; do
		if [ -z "${lab_file[$unit]:-}" ]; then
			lab_total=$((lab_total + 1))
			if [ "$kind" = bootless ]; then lab_bootless+=("$unit"); else lab_boots+=("$unit"); fi
		fi
		lab_file[$unit]=$file
		lab_kind[$unit]=$kind
		lab_names[$unit]+=${lab_names[$unit]:+$'\n'}$name
	done <<<"$1"
	lab_left=$lab_total
}

# lab_begin UNIT
lab_begin() {
	local names
	lab_begun=$((lab_begun + 1))
	mapfile -t names <<<"${lab_names[$1]}"
	say "lab: $lab_begun of $lab_total begins: $1"
	job_start "lab: $1" "$WORK/lab/$(printf %03d "$lab_begun").tap" \
		"$TOP/scripts/in-root" scripts/check/lab-unit "${lab_file[$1]}" "${names[@]}"
}

# lab_fill JOBS: so many servers are at work, if there are as many to be begun.
lab_fill() {
	local unit
	while [ ${#lab_boots[@]} -gt 0 ] && [ "$lab_running" -lt "$1" ]; do
		unit=${lab_boots[0]}
		lab_boots=("${lab_boots[@]:1}")
		lab_running=$((lab_running + 1))
		lab_begin "$unit"
	done
}

# One of the units that boot nothing, if there is one left.
lab_begin_bootless() {
	[ ${#lab_bootless[@]} -gt 0 ] || return 1
	lab_begin "${lab_bootless[0]}"
	lab_bootless=("${lab_bootless[@]:1}")
}

# tap_results FILE: results and times from TAP, "ok 1 name in 1234ms # skip reason"
tap_results() {
	awk -v file="$1" '
		match($0, /^(not )?ok [0-9]+ /) {
			status = /^not/ ? "failed" : "passed"
			name = substr($0, RLENGTH + 1)
			if (match(name, / # skip.*/)) {
				status = "skipped"
				name = substr(name, 1, RSTART - 1)
			}
			ms = 0
			if (match(name, / in [0-9]+ms$/)) {
				ms = substr(name, RSTART + 4, RLENGTH - 6)
				name = substr(name, 1, RSTART - 1)
			}
			print status "\t" file ": " name
			printf "time\t%s: %s\t%.1f\n", file, name, ms / 1000
		}'
}

# The unit that has ended: its whole output, and what became of each of its tests.
lab_end() {
	local unit=${JOB#lab: } file results name passed=0 total=0
	lab_left=$((lab_left - 1))
	[ "${lab_kind[$unit]}" = bootless ] || lab_running=$((lab_running - 1))
	file=${lab_file[$unit]}
	results=$(tap_results "$file" <"$JOB_LOG")
	while read -r name; do
		name=${name//\\/} # from before quoted characters
		total=$((total + 1))
		# What setup_file() did not come to, or what was cut off.
		grep -qxF -e $'passed\t'"$file: $name" -e $'failed\t'"$file: $name" -e $'skipped\t'"$file: $name" \
			<<<"$results" || results+=$'\n'"failed"$'\t'"$file: $name"
	done <<<"${lab_names[$unit]}"
	[ "$JOB_STATUS" -eq 0 ] || grep -q ^failed <<<"$results" ||
		results+=$'\n'"failed"$'\t'"$file: ended with status $JOB_STATUS"
	grep . <<<"$results" >>"$RESULTS"
	lab_setup_time "$unit" "$results"
	grep -v '^1\.\.' "$JOB_LOG" || true
	passed=$(grep -c ^passed <<<"$results" || true)
	say "lab: $passed of $total passed in $(seconds "$JOB_MS") s, $lab_left left: $unit"
}

# lab_setup_time UNIT RESULTS: what no test of the file took, a boot for all of them for example
lab_setup_time() {
	local file=${lab_file[$1]}
	[ "$file" = "$1" ] || return 0
	grep -q '^setup_file()' "$TOP/tests/lab/$file.bats" || return 0
	awk -F '\t' -v all="$JOB_MS" -v file="$file" '
		$1 == "time" { all -= 1000 * $3 }
		END { printf "time\t%s: setup_file\t%.1f\n", file, all / 1000 }' <<<"$2" >>"$RESULTS"
}

# All of them as one file of TAP.
lab_tap() {
	find "$WORK/lab" -name '*.tap' | sort | xargs -r cat | awk '
		/^1\.\./ { next }
		match($0, /^(not )?ok [0-9]+ /) { sub(/ok [0-9]+/, "ok " ++n) }
		{ print }
		END { print "1.." n + 0 }'
}
