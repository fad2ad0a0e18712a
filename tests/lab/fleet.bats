#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# vfproof fleet as a whole: a thousand reports that tests/tools/fleet-reports makes out of recorded ones, judged by
# programs that others wrote: a browser, a JSON schema, promtool. Nothing is booted.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0

setup_file() {
	export TOP IN OUT PROGRAM
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	IN=$BATS_FILE_TMPDIR/in OUT=$BATS_FILE_TMPDIR/out PROGRAM=$TOP/build/bin/vfproof
	mkdir "$OUT"
	# Two hosts of three are made out of one that is well.
	jq '.items |= map(select(.verdict | IN("PASS", "WARN")))' "$TOP/tests/fixtures/forms/all.json" >"$OUT/good.json"
	set -- "$OUT/good.json" "$OUT/good.json" "$TOP/tests/fixtures/report.json"
	"$TOP/tests/tools/fleet-reports" "$IN/then" 1000 "$@"
	"$TOP/tests/tools/fleet-reports" --later "$IN/now" 1000 "$@"
	"$PROGRAM" fleet "$IN/now" --out "$OUT" >"$OUT/summary"
}

# A browser for the file PAGE, with more options.
browse() {
	local page=$1
	shift
	timeout -k 5 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
		--user-data-dir="$OUT/browser" "$@" "file://$page" 2>"$OUT/browser.log"
}

# The names of the hosts in DOM, in their order.
hosts_of() {
	grep -oP '<tr id="h\d+".*?<b>\K[^<]+' "$1"
}

@test "a thousand hosts take less than 10 s of a processor, and a page of less than 5 MB" {
	TIMEFORMAT='%U'
	seconds=$({ time "$PROGRAM" fleet "$IN/now" --since "$IN/then" --out "$OUT" >"$OUT/since" || [ $? -eq 1 ]; } 2>&1)
	echo "$seconds s for two thousand reports"
	[ "${seconds%.*}" -lt 20 ]
	[ "$(stat -c %s "$OUT/fleet.html")" -lt 5000000 ]
	[ "$(jq '.hosts | length' "$OUT/fleet.json")" -eq 1000 ]
	[ "$(jq '.files.read' "$OUT/fleet.json")" -eq 1000 ]
	[ "$(jq '[.standing[].hosts] | add' "$OUT/fleet.json")" -eq 1000 ]
	jsonschema -i "$OUT/fleet.json" "$TOP/docs/fleet.schema.json"
}

@test "it counts as jq does" {
	"$PROGRAM" fleet "$IN/now" --form json >"$OUT/now.json"
	cat "$IN"/now/*/*/report.json | jq -s '[.[].verdict] | group_by(.) | map({key: .[0], value: length}) | from_entries' -S >"$OUT/want"
	jq -S '[.standing | group_by(.verdict)[] | {key: .[0].verdict, value: map(.hosts) | add}] | from_entries' "$OUT/now.json" | diff "$OUT/want" -
	# Hosts of each label.
	cat "$IN"/now/*/*/report.json | jq -r '[.items[] | select(.required != false and (.verdict | IN("FAIL", "TIMEOUT", "CRASHED")) and
		(.prerequisite | not)) | .label] | unique[] | select(. != "")' | sort | uniq -c | awk '{print $2, $1}' >"$OUT/want"
	jq -r '.causes[] | select(.failing > 0 and .label != "") | "\(.label) \(.failing)"' "$OUT/now.json" | sort | diff "$OUT/want" -
}

@test "exit status: 0, worse since then 1, bad files 2, nothing to read or wrong use 3" {
	run -0 "$PROGRAM" fleet "$IN/now" --form text
	run -1 "$PROGRAM" fleet "$IN/now" --since "$IN/then" --form text
	[[ $output == *"20 new, 20 gone"* ]]
	mkdir -p "$OUT/few/a" "$OUT/few/b"
	cp "$IN/now/rack00/run0001-SN-0001/report.json" "$OUT/few/a"
	head -c 1000 "$IN/now/rack00/run0001-SN-0001/report.json" >"$OUT/few/b/report.json"
	run -2 "$PROGRAM" fleet "$OUT/few" --form text
	[[ $output == *"b/report.json: no JSON"* ]]
	run -3 "$PROGRAM" fleet "$OUT/few/none"
	run -3 "$PROGRAM" fleet "$OUT/browser" --form text
	run -3 "$PROGRAM" fleet
	run -3 "$PROGRAM" fleet "$IN/now" --form pdf
}

@test "html: the page says all without script, and only its own runs" {
	sed '/^<footer>/,/<\/script>/d' "$OUT/fleet.html" >"$OUT/plain.html"
	run ! grep -q '<script' "$OUT/plain.html"
	browse "$OUT/plain.html" --dump-dom >"$OUT/dom"
	[ "$(hosts_of "$OUT/dom" | wc -l)" -eq 1000 ]
	run ! grep -q '<html[^>]*class="js"' "$OUT/dom"
	browse "$OUT/fleet.html" --dump-dom >"$OUT/dom"
	grep -q '<html[^>]*class="js"' "$OUT/dom"
	grep -q 'class="filter"' "$OUT/dom"
	sed 's|</main>|<script>document.title = "taken"</script>&|' "$OUT/fleet.html" >"$OUT/evil.html"
	browse "$OUT/evil.html" --dump-dom >"$OUT/dom"
	grep -q '<title>1000 hosts' "$OUT/dom"
	grep -q '<html[^>]*class="js"' "$OUT/dom"
	run ! grep -qiE '(src|action|srcset|poster)=|url\(|@import|https?:' "$OUT/fleet.html"
}

@test "html: hosts are sorted and filtered by the script" {
	# The policy goes, so that the test's own script can click.
	sed -e '/Content-Security-Policy/d' -e 's|</body>|<script>document.querySelector("table.hosts th").click();\
		const s = document.querySelectorAll(".filter select")[0]; s.value = "5"; s.dispatchEvent(new Event("input"))</script>&|' \
		"$OUT/fleet.html" >"$OUT/clicked.html"
	browse "$OUT/clicked.html" --dump-dom >"$OUT/dom"
	hosts_of "$OUT/dom" >"$OUT/names"
	sort -V "$OUT/names" | diff "$OUT/names" -
	bad=$(jq '[.hosts[] | select(.verdict == "NOT QUALIFIED")] | length' "$OUT/fleet.json")
	[ "$(grep -oP '<tr id="h\d+"(?![^>]*hidden)' "$OUT/dom" | wc -l)" -eq "$bad" ]
	# As it comes, the worst are first.
	hosts_of "$OUT/fleet.html" >"$OUT/names"
	run ! diff <(sort -V "$OUT/names") "$OUT/names"
}

@test "html: the browser draws the page, light and narrow too" {
	for size in 1400,1200 420,1200; do
		browse "$OUT/fleet.html" --hide-scrollbars --window-size="$size" --screenshot="$OUT/page.png"
		read -r _ height drawn < <("$TOP/tests/tools/png-blank" "$OUT/page.png")
		[ "$height" -eq 1200 ]
		[ "$drawn" -gt 30000 ]
	done
}

@test "csv: each line has as many cells as the first, and there is one for each port" {
	"$PROGRAM" fleet "$IN/now" --form csv >"$OUT/fleet.csv"
	python3 - "$OUT/fleet.csv" "$OUT/fleet.json" <<-'END'
		import csv, json, sys
		rows = list(csv.reader(open(sys.argv[1], newline=""), strict=True))
		hosts = json.load(open(sys.argv[2]))["hosts"]
		assert {len(r) for r in rows} == {len(rows[0])}
		assert len(set(rows[0])) == len(rows[0]), rows[0]
		assert len(rows) == 1 + sum(max(1, len(h["ports"])) for h in hosts)
	END
}

@test "metrics: written whole, once for each port" {
	"$PROGRAM" fleet "$IN/now" --form metrics --out "$OUT"
	[ "$(grep -c '^vfproof_port_info{' "$OUT/vfproof.prom")" -eq "$(jq '[.hosts[].ports[]] | length' "$OUT/fleet.json")" ]
	[ "$(sed 's/} .*//' "$OUT/vfproof.prom" | grep -v '^#' | sort | uniq -d)" = "" ]
	run ! ls "$OUT"/*.part
}

@test "metrics: promtool finds no fault" {
	promtool=${VFPROOF_PROMTOOL:-$(command -v promtool)} || skip "promtool is not there"
	# Of some hosts: promtool's time grows with the square of the lines.
	mkdir "$OUT/some"
	find "$IN/now" -mindepth 2 -maxdepth 2 -type d | sort | sed -n 1,40p | xargs cp -r -t "$OUT/some"
	"$PROGRAM" fleet "$OUT/some" --form metrics >"$OUT/fleet.prom" || [ $? -le 2 ]
	[ "$(grep -c '^vfproof_' "$OUT/fleet.prom")" -gt 500 ]
	run -0 "$promtool" check metrics <"$OUT/fleet.prom"
	[ "$output" = "" ]
	# The check can fail.
	sed '0,/host="/s//host=/' "$OUT/fleet.prom" >"$OUT/wrong.prom"
	run ! "$promtool" check metrics <"$OUT/wrong.prom"
}

@test "the reports of the lab, as far as there are any" {
	compgen -G "$TOP/build/lab/*/report/report.json" >"$OUT/list" || skip "no lab server has left a report"
	"$PROGRAM" fleet "$TOP/build/lab" --form json >"$OUT/lab.json" || [ $? -eq 2 ]
	jsonschema -i "$OUT/lab.json" "$TOP/docs/fleet.schema.json"
	jq -e '(.files.read + (.files.bad | length)) > 0 and .files.read == .files.older + (.hosts | length)' "$OUT/lab.json"
}
