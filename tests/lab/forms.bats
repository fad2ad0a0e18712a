#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The forms of the report, judged by programs that others wrote: a browser, an XML schema, a TAP
# harness, a JSON schema. Nothing is booted: the reports are tests/fixtures/forms/, one with an item of
# every verdict, one with markup, control characters and forged lines in every text.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup_file() {
	export TOP IN OUT SCHEMAS
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	IN=$BATS_FILE_TMPDIR/in OUT=$BATS_FILE_TMPDIR
	mkdir "$IN"
	SCHEMAS=${VFPROOF_SCHEMAS:-$TOP/../shared/schemas}
	cp "$TOP"/tests/fixtures/forms/*.json "$IN"
	# The same run without what speaks against it, and with an item that was not run.
	jq '.verdict = "QUALIFIED" | .verdict_reasons = [] |
		.items |= map(select((.verdict | IN("PASS", "WARN", "SKIP")) or (.required | not)))' \
		"$IN/all.json" >"$IN/good.json"
	jq '.verdict = "INCOMPLETE"' "$IN/good.json" >"$IN/open.json"
}

# form REPORT FORM: makes OUT/REPORT.FORM and prints its name
form() {
	"$TOP/build/bin/vfproof" report "$IN/$1.json" --form "$2" >"$OUT/$1.$2" || [ $? -lt 3 ]
	echo "$OUT/$1.$2"
}

need_schemas() {
	[ -d "$SCHEMAS/$1" ] || [ -f "$SCHEMAS/$1" ] || skip "the schema $1 is not part of the tree"
}

# A browser for the file PAGE, with more options.
browse() {
	local page=$1
	shift
	cp "$page" "$OUT/page.html" # it goes by the name
	timeout -k 5 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--user-data-dir="$OUT/browser" "$@" "file://$OUT/page.html" 2>"$OUT/browser.log"
}

@test "vfproof report knows every form, names them, and refuses others" {
	run -3 "$TOP/build/bin/vfproof" report "$IN/all.json" --form pdf
	for name in text json html junit ktap ocp lava summary result; do
		grep -qw "$name" <<<"$output"
		[ -s "$(form all "$name")" ]
	done
}

@test "junit: valid by the schema of Jenkins' xUnit plugin" {
	need_schemas junit-10.xsd
	for report in all hostile good open; do
		xmllint --noout --schema "$SCHEMAS/junit-10.xsd" "$(form "$report" junit)"
	done
	# The check can fail.
	sed 's/<failure type/<failure sort/' "$OUT/all.junit" >"$OUT/wrong.junit"
	run ! xmllint --noout --schema "$SCHEMAS/junit-10.xsd" "$OUT/wrong.junit"
}

@test "junit: well-formed, and red exactly if the run is not QUALIFIED" {
	for report in all hostile good open; do
		xml=$(form "$report" junit)
		xmllint --noout "$xml"
		[ "$(xmllint --xpath 'count(//testcase)' "$xml")" -eq "$(($(jq '.items | length' "$IN/$report.json") + 1))" ]
		for kind in failure error; do
			[ "$(xmllint --xpath "count(//$kind)" "$xml")" -eq "$(xmllint --xpath "string(/testsuites/@${kind}s)" "$xml")" ]
			[ "$(xmllint --xpath "count(//$kind)" "$xml")" -eq "$(xmllint --xpath "sum(//testsuite/@${kind}s)" "$xml")" ]
		done
		red=$(xmllint --xpath 'count(//failure | //error)' "$xml")
		if [ "$report" = good ]; then [ "$red" -eq 0 ]; else [ "$red" -gt 0 ]; fi
	done
	[ "$(xmllint --xpath "count(//testcase[@name='verdict']/error)" "$OUT/open.junit")" -eq 1 ]
}

# The texts are what was said, but for characters that XML does not have.
@test "junit: a text comes back as it was" {
	fix=$(jq -r '[.items[] | select(.verdict == "FAIL" and .required)][0].fix' "$IN/all.json")
	xmllint --xpath "string(//failure[@type='FAIL'])" "$(form all junit)" | grep -qF "fix: $fix"
	xmllint --xpath "string(//failure[@type='FAIL'])" "$(form hostile junit)" |
		grep -qF "<script>alert(\"x\")</script> & 'q' ]]> -->"
}

@test "ktap: prove takes it, and passes it only if the run is QUALIFIED" {
	for report in all hostile open; do
		run -1 prove --exec cat "$(form "$report" ktap)"
		[[ $output == *"Result: FAIL"* ]]
		[[ $output != *"Parse errors"* ]]
	done
	run -0 prove -v --exec cat "$(form good ktap)"
	[[ $output == *"Result: PASS"* ]]
	prove --exec cat "$OUT/all.ktap" | grep -q 'Tests: 13 Failed: 6)'
	prove --exec cat "$OUT/hostile.ktap" | grep -q 'Tests: 13 Failed: 6)'
}

@test "ktap: begins as KTAP does, and numbers its tests" {
	for report in all hostile good; do
		file=$(form "$report" ktap)
		n=$(($(jq '.items | length' "$IN/$report.json") + 1))
		[ "$(head -n 2 "$file")" = "$(printf 'KTAP version 1\n1..%d' "$n")" ]
		diff <(grep -oP '^(not )?ok \K\d+' "$file") <(seq "$n")
		run ! grep -vE '^(KTAP version 1$|1\.\.|ok |not ok |# |#   )' "$file"
	done
}

@test "ocp: every line is valid by the schemas of the specification" {
	need_schemas ocp
	for report in all hostile good open; do
		"$TOP/tests/tools/ocp-valid" "$SCHEMAS/ocp" "$(form "$report" ocp)"
	done
	# The check can fail.
	sed 's/"status":"SKIP"/"status":"SKIPPED"/' "$OUT/all.ocp" >"$OUT/wrong.ocp"
	run ! "$TOP/tests/tools/ocp-valid" "$SCHEMAS/ocp" "$OUT/wrong.ocp"
	grep -v testStepEnd "$OUT/all.ocp" >"$OUT/wrong.ocp"
	run ! "$TOP/tests/tools/ocp-valid" "$SCHEMAS/ocp" "$OUT/wrong.ocp"
}

@test "ocp: the result is the run's, the steps are its items" {
	for row in all:COMPLETE:FAIL good:COMPLETE:PASS open:ERROR:NOT_APPLICABLE; do
		IFS=: read -r report status result <<<"$row"
		file=$(form "$report" ocp)
		[ "$(jq -r '.testRunArtifact.testRunEnd // empty | "\(.status) \(.result)"' "$file")" = "$status $result" ]
		diff <(jq -r '.testStepArtifact.testStepStart.name // empty' "$file" | sort) \
			<(jq -r '.items[] | "\(.case) \(.subject)"' "$IN/$report.json" | sort)
	done
	# Steps of two ports that ran side by side overlap; each lasts as long as its item did.
	jq -se '([.[] | select(.testStepArtifact.testStepStart.name == "example_plug 0000:01:00.1")][0].timestamp ==
		"2025-01-02T03:04:07.000Z") and ([.[] | select(.testStepArtifact.testStepId == "7" and
		.testStepArtifact.testStepEnd)][0].timestamp == "2025-01-02T03:04:38.200Z")' "$OUT/all.ocp"
}

@test "lava: one signal for each item, port that is not certified, level, count and waiver, and for the run, by LAVA's grammar" {
	for report in all hostile good; do
		file=$(form "$report" lava)
		[ "$(wc -l <"$file")" -eq "$(jq '(.items | length) + (.not_certified // [] | length) + 1 +
			(if .counts then 8 else 0 end) + (if .levels then 5 else 0 end) +
			([.items[] | select(.waived // "" != "")] | length)' "$IN/$report.json")" ]
		run ! grep -vE '^<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=[a-z0-9_-]+ RESULT=(pass|fail|skip|unknown) MEASUREMENT=[0-9.]+ UNITS=(s|items)>$' "$file"
		[ "$(cut -d' ' -f2 "$file" | sort | uniq -d)" = "" ]
	done
}

@test "html: the browser draws a page" {
	browse "$(form all html)" --hide-scrollbars --window-size=1200,1600 --screenshot="$OUT/page.png"
	read -r width height drawn < <("$TOP/tests/tools/png-blank" "$OUT/page.png")
	[ "$width" -eq 1200 ]
	[ "$height" -eq 1600 ]
	[ "$drawn" -gt 100000 ]
	# An empty page is seen to be one.
	echo '<!DOCTYPE html><title>x</title>' >"$OUT/empty.html"
	browse "$OUT/empty.html" --hide-scrollbars --window-size=1200,1600 --screenshot="$OUT/page.png"
	read -r _ _ drawn < <("$TOP/tests/tools/png-blank" "$OUT/page.png")
	[ "$drawn" -lt 10000 ]
}

@test "html: the browser prints it" {
	browse "$(form all html)" --no-pdf-header-footer --print-to-pdf="$OUT/page.pdf"
	[ "$(head -c 5 "$OUT/page.pdf")" = "%PDF-" ]
	[ "$(grep -ac '/Type /Page$' "$OUT/page.pdf")" -ge 3 ]
}

@test "html: what the browser understands is what the report says" {
	browse "$(form all html)" --dump-dom >"$OUT/dom"
	xmllint --html --recover --noout --xpath 'string(//h1)' "$OUT/dom" 2>/dev/null | grep -qx 'NOT QUALIFIED'
	for text in 'BIOS setup: enable "SR-IOV"' 'write: Cannot allocate memory' 'Mellanox ConnectX-5' \
		'not enough MMIO resources'; do
		xmllint --html --recover --xpath 'string(//body)' "$OUT/dom" 2>/dev/null | grep -qF "$text"
	done
	[ "$(grep -o '<circle' "$OUT/dom" | wc -l)" -eq 9 ]
	[ "$(grep -o '<article' "$OUT/dom" | wc -l)" -eq 6 ]
}

@test "html: text of devices never becomes markup" {
	browse "$(form hostile html)" --dump-dom >"$OUT/dom"
	# As many elements as with harmless texts, but for ports: none has an item's subject as its address
	# any more, and so each subject has a section of its own.
	for element in script iframe img link object; do
		run ! grep -q "<$element" "$OUT/dom"
	done
	[ "$(grep -o '<article' "$OUT/dom" | wc -l)" -eq 6 ]
	[ "$(grep -o '<style' "$OUT/dom" | wc -l)" -eq 1 ]
	[ "$(grep -o '<main' "$OUT/dom" | wc -l)" -eq 1 ]
	xmllint --html --recover --xpath 'string(//dd)' "$OUT/dom" 2>/dev/null |
		grep -qF "<script>alert(\"x\")</script> & 'q' ]]>"
	run ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$OUT/hostile.html"
}

@test "html: nothing is fetched from anywhere" {
	run ! grep -qiE '(src|href|action|srcset|poster)=|url\(|@import|https?:' "$(form all html)"
	grep -q "content=\"default-src 'none'; style-src 'unsafe-inline'\"" "$OUT/all.html"
}
