# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by scripts/check/all: what is told at the end. RESULTS has lines of TAB-separated fields: "passed",
# "failed" or "skipped" and a test's name, "time" or "stage" with a name and seconds.

names_that() {
	sed -n "s/^$1\t//p" "$RESULTS"
}

# tree_state: the revision, and "clean" if the tree is just that
tree_state() {
	local state=dirty
	[ -n "$(git -C "$TOP" status --porcelain 2>&1)" ] || state=clean
	echo "$(revision) $state"
}

# results_write STATE SECONDS: build/check.json; STATE is the tree's when the check began.
results_write() {
	local clean=false
	# A tree that was changed meanwhile is not what was checked.
	[ "$1" != "$(tree_state)" ] || [ "${1#* }" != clean ] || clean=true
	# shellcheck disable=SC2016 # the dollars are jq's
	"$TOP/scripts/in-root" jq -n --rawfile results "${RESULTS#"$TOP/"}" --arg revision "${1% *}" --argjson clean "$clean" \
		--arg tests "${TESTS:-}" --argjson jobs "$jobs" --argjson seconds "$2" '
		($results | split("\n") | map(split("\t"))) as $rows |
		def names($what): [$rows[] | select(.[0] == $what)[1]];
		def times($what): [$rows[] | select(.[0] == $what) | { (.[1]): (.[2] | tonumber) }] | add // {};
		{
			schema: "vfproof-check/1", revision: $revision, clean: $clean,
			tests: (if $tests == "" then null else $tests end), jobs: $jobs, wall_seconds: $seconds,
			passed: (names("passed") | length), failed: names("failed"), skipped: names("skipped"),
			stages: times("stage"), seconds: times("time")
		}' >"$BUILD/check.json.partial"
	mv "$BUILD/check.json.partial" "$BUILD/check.json"
}

# For people: what took longest, what failed, and the count in the last line.
results_print() {
	printf '\nseconds of the longest:\n'
	# All of it is read: whoever writes to a head that has gone dies of that, and the check with it.
	sed -n 's/^time\t//p' "$RESULTS" | sort -t $'\t' -k 2,2nr |
		awk -F '\t' 'NR <= 20 { printf "%8.1f  %s\n", $2, $1 }'
	printf '\n'
	names_that skipped | sed 's/^/SKIPPED  /'
	names_that failed | sed 's/^/FAILED   /'
	printf '%d passed, %d failed, %d skipped\n' "$(names_that passed | wc -l)" "$(names_that failed | wc -l)" \
		"$(names_that skipped | wc -l)"
}
