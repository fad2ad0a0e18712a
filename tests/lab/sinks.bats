#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The report is sent to a server and to a folder of the stick; what cannot be sent is told of.

load lab

setup_file() {
	rm -rf "$BATS_TEST_DIRNAME/../../build/lab/mgmt-port"
	lab_boot mgmt-port mgmt-port --append "vfproof.cases=host_cpu_virt,host_iommu_cmdline vfproof.mgmt=52:54:00:76:66:09 vfproof.sink=http://me:hunter2@10.0.2.100/up?k=hunter2,https://10.0.2.100:80/,dir:archive vfproof.sink_auth=me:hunter2"
}

@test "sinks: the server gets the files, by DHCP and with the password" {
	expect_verdict INCOMPLETE 2
	expect_valid
	cat "$LAB_OUT/server/log"
	name=$(sed -n 's#^PUT /up/\(.*\)-report\.json?k=hunter2 201 Basic bWU6aHVudGVyMg==$#\1#p' "$LAB_OUT/server/log")
	[[ $name == LAB-0001-* ]]
	jq -e '.verdict == "INCOMPLETE"' "$LAB_OUT/server/got/up_$name-report.json"
	grep -q '^vfproof ' "$LAB_OUT/server/got/up_$name-report.txt"
	grep -q '"ev":"finish"' "$LAB_OUT/server/got/up_$name-journal.jsonl"
}

@test "sinks: what became of each is in the report on the stick" {
	notes=$(report '.notes[]')
	echo "$notes"
	grep -q 'the report was sent to http://\*\*\*@10.0.2.100/up' <<<"$notes"
	grep -q 'the report was NOT sent to https://10.0.2.100:80/: ' <<<"$notes"
	grep -q 'the report was sent to dir:archive' <<<"$notes"
	"$BATS_TEST_DIRNAME/../../scripts/in-root" mdir -b -/ -i build/lab/mgmt-port/stick.img ::/archive |
		grep -q 'LAB-0001-'
}

@test "sinks: no secret is in the report, the journal or the console" {
	run grep -rl hunter2 "$LAB_OUT/report" "$LAB_OUT/serial.log" "$LAB_OUT/server/got"
	echo "$output"
	[ "$status" -eq 1 ]
	grep -q 'sink_auth=\*\*\*' "$LAB_OUT/report/report.txt"
}
