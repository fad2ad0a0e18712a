#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The report is sent to servers and to a folder of the stick; what cannot be sent is told of.

load lab

TOP=$BATS_TEST_DIRNAME/../..
DIR=$TOP/build/lab/mgmt-port

# An authority of the lab's own, for an overlay, and a certificate of it for the server.
make_certificates() {
	mkdir -p "$DIR/overlay"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=a lab" \
		-keyout "$DIR/ca.key" -out "$DIR/overlay/ca.pem"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=its server" \
		-addext subjectAltName=IP:10.0.2.100 -addext basicConstraints=CA:FALSE \
		-CA "$DIR/overlay/ca.pem" -CAkey "$DIR/ca.key" -keyout "$DIR/server.key" -out "$DIR/server.pem"
}

setup_file() {
	rm -rf "$DIR"
	make_certificates
	minisign -G -W -p "$DIR/lab.pub" -s "$DIR/overlay/vfproof.key"
	"$TOP/scripts/overlay" "$DIR/overlay" "$DIR/overlay.img"
	lab_boot mgmt-port mgmt-port --initrd "$DIR/overlay.img" --append "vfproof.cases=host_cpu_virt,host_iommu_cmdline vfproof.mgmt=52:54:00:76:66:09 vfproof.sink=http://me:hunter2@10.0.2.100/up?k=hunter2,https://10.0.2.100/safe,https://10.0.2.100:80/,dir:archive vfproof.sink_auth=me:hunter2"
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

@test "sinks: an HTTPS server that the lab's own authority vouches for gets them too" {
	grep -q '^PUT /safe/LAB-0001-.*-report\.json 201 Basic bWU6aHVudGVyMg==$' "$LAB_OUT/server/log"
	jq -e '.verdict == "INCOMPLETE"' "$LAB_OUT"/server/got/safe_LAB-0001-*-report.json
}

@test "sinks: what became of each is in the report on the stick" {
	notes=$(report '.notes[]')
	echo "$notes"
	grep -q 'the report was sent to http://\*\*\*@10.0.2.100/up' <<<"$notes"
	grep -q 'the report was sent to https://10.0.2.100/safe' <<<"$notes"
	grep -q 'the report was NOT sent to https://10.0.2.100:80/: ' <<<"$notes"
	grep -q 'the report was sent to dir:archive' <<<"$notes"
	"$TOP/scripts/in-root" mdir -b -/ -i build/lab/mgmt-port/stick.img ::/archive |
		grep -q 'LAB-0001-'
}

@test "sinks: no secret is in the report, the journal or the console" {
	run grep -rl hunter2 "$LAB_OUT/report" "$LAB_OUT/serial.log" "$LAB_OUT/server/got"
	echo "$output"
	[ "$status" -eq 1 ]
	grep -q 'sink_auth=\*\*\*' "$LAB_OUT/report/report.txt"
}

# verify FOLDER: by the lab's key, with our program and with those of others
verify() {
	"$TOP/build/out/vfproof" report --verify "$1" --key "$DIR/lab.pub" &&
		minisign -V -p "$DIR/lab.pub" -m "$1/MANIFEST" &&
		(cd "$1" && sha256sum --strict -c MANIFEST)
}

@test "sinks: the report and what was sent are signed with the overlay's key" {
	[ "$(report .signer.origin)" = overlay ]
	verify "$LAB_OUT/report"
	name=$(cd "$LAB_OUT/server/got" && echo up_LAB-0001-*-MANIFEST)
	mkdir "$DIR/sent"
	for file in "$LAB_OUT/server/got/${name%MANIFEST}"*; do
		cp "$file" "$DIR/sent/${file##*"${name%MANIFEST}"}"
	done
	verify "$DIR/sent"
	mcopy -s -i "$LAB_OUT/stick.img" ::/archive "$DIR/"
	verify "$DIR"/archive/LAB-0001-*
}

@test "sinks: the secret key is nowhere but in the overlay" {
	run grep -rlF "$(sed -n 2p "$DIR/overlay/vfproof.key")" "$LAB_OUT/report" "$LAB_OUT/serial.log" "$LAB_OUT/server/got"
	echo "$output"
	[ "$status" -eq 1 ]
}

@test "sinks: an altered byte of a signed report is found, and the file is named" {
	cp -r "$LAB_OUT/report" "$DIR/altered"
	printf X | dd of="$DIR/altered/report.html" bs=1 seek=100 conv=notrunc status=none
	run verify "$DIR/altered"
	echo "$output"
	[ "$status" -eq 1 ]
	grep -q '^ALTERED  report.html' <<<"$output"
	grep -q '^ok       report.json' <<<"$output"
	[ "$(grep -c '^ok ' <<<"$output")" -eq "$(($(grep -c '^[0-9a-f]\{64\}  ' "$DIR/altered/MANIFEST") - 1))" ]
}

@test "sinks: the report says what was booted" {
	report .boot
	[ "$(report .boot.kernel.sha256)" = "$(sha256sum <"$TOP/build/out/vmlinuz" | cut -d' ' -f1)" ]
	[ "$(report .boot.image.as_built)" = true ]
	[ "$(report .boot.image.list_sha256)" = "$(jq -r .image_list.sha256 "$TOP/build/out/manifest.json")" ]
	[ "$(report .boot.secure_boot)" = "no UEFI" ]
	[ "$(report .boot.lockdown)" = none ]
	grep -qx "# Kernel SHA-256: $(report .boot.kernel.sha256)" "$LAB_OUT/report/MANIFEST"
}

@test "sinks: a port that was itself tested sends the report, in its VLAN" {
	rm -rf "$TOP/build/lab/mgmt-pf"
	lab_boot mgmt-pf mgmt-pf --append "vfproof.cases=nic_link,vf_create_max vfproof.mgmt=$PF0 vfproof.mgmt_vlan=7 vfproof.sink=http://10.0.2.100/up"
	expect_verdict INCOMPLETE 2
	expect_item vf_create_max "$PF0" PASS
	expect_item vf_create_max "$PF1" PASS
	notes=$(report '.notes[]')
	echo "$notes"
	grep -q 'the report was sent to http://10.0.2.100/up' <<<"$notes"
	jq -e '[.items[] | select(.verdict == "PASS")] | length == 4' "$LAB_OUT"/server/got/up_LAB-0001-*-report.json
}

# The 82551's driver asks for a firmware of 536 bytes and three numbers, and gives up without it. What is
# in it does not matter to the emulated card.
make_nic_overlay() {
	module e100 "$1/modules/e100.ko"
	module mii "$1/modules/mii.ko"
	mkdir -p "$1/firmware/e100"
	head -c 539 /dev/zero >"$1/firmware/e100/d102e_ucode.bin"
}

# bats test_tags=minutes:2
@test "sinks: by TFTP, to a name, from a fixed address, on a port that an overlay brings driver and firmware for" {
	[ -w /dev/net/tun ] || skip "/dev/net/tun cannot be used here"
	out=$TOP/build/lab/mgmt-static
	rm -rf "$out"
	make_nic_overlay "$out/overlay"
	"$TOP/scripts/overlay" "$out/overlay" "$out/overlay.img"
	lab_boot mgmt-static mgmt-static --initrd "$out/overlay.img" --append "vfproof.cases=host_cpu_virt vfproof.mgmt=52:54:00:76:66:0a vfproof.mgmt_ip=192.0.2.7/24 vfproof.mgmt_dns=192.0.2.1 vfproof.sink=tftp://reports.lab.example/up"
	expect_verdict INCOMPLETE 2
	notes=$(report '.notes[]')
	echo "$notes"
	cat "$out"/server/*log
	grep -q 'overlay: modules/e100.ko is loaded' <<<"$notes"
	grep -q 'the report was sent to tftp://reports.lab.example/up' <<<"$notes"
	name=$(sed -n 's#^WRQ up/\(LAB-0001-.*\)-report\.json$#\1#p' "$out/server/log")
	jq -e '.verdict == "INCOMPLETE"' "$out/server/got/up_$name-report.json"
	cmp <(sed -n 1,5p "$out/server/got/up_$name-report.txt") <(sed -n 1,5p "$LAB_OUT/report/report.txt")
}
