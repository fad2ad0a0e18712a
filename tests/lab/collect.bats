#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Two hosts at once send their reports to the report server of docs/collect.md. What it refuses is in
# tests/lab/collect-server.bats.

load lab
load collect

DIR=$BATS_TEST_DIRNAME/../../build/lab/collect

# host SCENARIO MAC: boots one that has nothing but the overlay and its management port.
host() {
	"$TOP/scripts/lab/run" "$1" --out "$DIR/$1" --quiet --initrd "$DIR/overlay.img" \
		--append "vfproof.cases=host_cpu_virt vfproof.mgmt=$2"
}

setup_file() {
	export TOP
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	rm -rf "$DIR"
	collect_begin IP:10.0.2.2
	mkdir -p "$DIR/overlay"
	cp "$COLLECT/ca.pem" "$DIR/overlay/"
	printf '%s\n' "sink = https://10.0.2.2/vfproof/" "sink_auth = bearer:$(cat "$COLLECT/token")" >"$DIR/overlay/vfproof.conf"
	"$TOP/scripts/overlay" "$DIR/overlay" "$DIR/overlay.img"
	host collect 52:54:00:76:66:0b &
	host collect-other 52:54:00:76:66:0c || [ $? -eq 2 ]
	wait $! || [ $? -eq 2 ]
}

teardown_file() {
	collect_end
}

# bats test_tags=minutes:3
@test "collect: the reports of both hosts are on the server, whole and signed" {
	cat /var/log/nginx/access.log
	for name in collect:LAB-0001 collect-other:LAB-0002; do
		sent=$(echo "/srv/vfproof/reports/${name#*:}"-*)
		"$TOP/build/bin/vfproof" verify "$sent"
		[ "$(jq -r .host.serial "$sent/report.json")" = "${name#*:}" ]
		jq -r '.notes[]' "$DIR/${name%:*}/report/report.json" | grep -qF 'the report was sent to https://10.0.2.2/vfproof/'
	done
	[ "$(find /srv/vfproof/reports -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
}

@test "collect: the unit's command makes a page of both" {
	run_unit
	[ "$(jq -r '.hosts[].name' /srv/vfproof/fleet/fleet.json | sort | paste -sd ' ')" = "LAB-0001 LAB-0002" ]
	[ "$(jq '.files.bad | length' /srv/vfproof/fleet/fleet.json)" -eq 0 ]
	[ "$(curl -s -o "$BATS_TEST_TMPDIR/page" -w '%{http_code}' -k -u "lab:$(cat "$COLLECT/password")" https://127.0.0.1/fleet.html)" = 200 ]
	grep -q LAB-0002 "$BATS_TEST_TMPDIR/page"
}

@test "collect: a second time the same file is refused, and stays" {
	sent=$(echo /srv/vfproof/reports/LAB-0001-*)
	status=$(curl -s -o "$BATS_TEST_TMPDIR/answer" -w '%{http_code}' -k -H "Authorization: Bearer $(cat "$COLLECT/token")" \
		-T /etc/hostname "https://127.0.0.1/vfproof/${sent##*/}-report.json")
	[ "$status" = 409 ]
	"$TOP/build/bin/vfproof" verify "$sent"
}
