#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The report server of docs/collect.md: what it takes, and what it refuses. Nothing is booted: tests/lab/collect.bats has hosts.
# bats file_tags=bootless

bats_require_minimum_version 1.5.0
load collect

NAME=SN-0042-20250102T030405Z
REPORTS=/srv/vfproof/reports

setup_file() {
	export TOP
	TOP=$(realpath "$BATS_TEST_DIRNAME/../..")
	collect_begin IP:127.0.0.1 >"$BATS_FILE_TMPDIR/log"
}

teardown_file() {
	collect_end
}

setup() {
	OUT=$BATS_TEST_TMPDIR
	find "$REPORTS" -mindepth 1 -delete
}

# ask PATH [option...]: the status of curl's request
ask() {
	curl -s --path-as-is --cacert "$COLLECT/ca.pem" -o "$OUT/answer" -w '%{http_code}' "${@:2}" "https://127.0.0.1$1"
}

# with_token PATH [option...]: the same, by a host
with_token() {
	ask "$1" -H "Authorization: Bearer $(cat "$COLLECT/token")" "${@:2}"
}

# refused STATUS COMMAND...: it is, and no file has changed.
refused() {
	local wanted=$1 before got
	shift
	before=$(everything)
	got=$("$@")
	[ "$got" = "$wanted" ] || {
		echo "$*: $got instead of $wanted"
		return 1
	}
	diff <(echo "$before") <(everything)
}

# Each file of the server that a request might have made, changed or removed.
everything() {
	find /srv /etc /usr/local \( -type d -printf '%p\n' \) -o -printf '%p %s %T@ %i\n' | sort
}

put_one() {
	echo '{"a": 1}' >"$OUT/report.json"
	[ "$(with_token "/vfproof/$NAME-report.json" -T "$OUT/report.json")" = 201 ]
}

@test "a host's file comes into the run's folder, readable for the page's user and for nobody else" {
	put_one
	cmp "$OUT/report.json" "$REPORTS/$NAME/report.json"
	[ "$(stat -c '%U %G %a' "$REPORTS/$NAME/report.json")" = "www-data www-data 640" ]
	[ "$(stat -c '%U %G %a' "$REPORTS/$NAME")" = "www-data www-data 750" ]
	for file in report.txt report.html junit.xml report.ktap ocp.jsonl lava.txt journal.jsonl MANIFEST MANIFEST.minisig MANIFEST.PUB; do
		[ "$(with_token "/vfproof/$NAME-$file" -T "$OUT/report.json")" = 201 ]
		[ -f "$REPORTS/$NAME/$file" ]
	done
}

@test "any name that a host can have is taken" {
	for name in unknown-20250102T030405Z -_-20250102T030405Z "$(printf 'x%.0s' {1..63})-20250102T030405Z"; do
		[ "$(with_token "/vfproof/$name-report.json" -T /etc/hostname)" = 201 ]
		[ -f "$REPORTS/$name/report.json" ]
	done
}

@test "without the token, or with another one, nothing is taken" {
	put_one
	token=$(cat "$COLLECT/token")
	for path in "/vfproof/$NAME-report.txt" "/vfproof/$NAME-report.json"; do
		refused 403 ask "$path" -T /etc/hostname
		for auth in "Bearer" "Bearer " "Bearer ${token%?}" "Bearer ${token}0" "Bearer x$token" "Basic $token" "$token" "Bearer ${token^^}"; do
			refused 403 ask "$path" -T /etc/hostname -H "Authorization: $auth"
		done
		refused 403 ask "$path?token=$token" -T /etc/hostname
	done
}

@test "whoever has the token can send, and can neither read, list, delete nor move" {
	put_one
	for method in GET HEAD POST DELETE OPTIONS PATCH MKCOL COPY MOVE PROPFIND; do
		options=(-X "$method")
		[ "$method" != HEAD ] || options=(-I)
		refused 405 with_token "/vfproof/$NAME-report.json" "${options[@]}" -H "Destination: https://127.0.0.1/vfproof/$NAME-b.json"
	done
	for path in / /vfproof /vfproof/ "/vfproof/$NAME" "/vfproof/$NAME/" "/vfproof/$NAME/report.json"; do
		refused 404 with_token "$path"
		refused 404 with_token "$path" -X DELETE
		refused 404 with_token "$path" -X PROPFIND -H "Depth: 1"
	done
}

@test "a file that is there is not overwritten" {
	put_one
	refused 409 with_token "/vfproof/$NAME-report.json" -T /etc/hostname
	cmp "$OUT/report.json" "$REPORTS/$NAME/report.json"
}

@test "no name leads out of the folder of the run, and no folder is a file" {
	local x=x-20250102T030405Z-report.json
	for path in /vfproof/../etc/passwd "/vfproof/..%2fetc%2f$x" "/vfproof/../srv/vfproof/$x" "/vfproof/$NAME-..%2f..%2fx.json" \
		"/vfproof/$NAME-../../x.json" "/vfproof/$NAME-/report.json" "/vfproof/$NAME-report.json/" "/vfproof/$NAME-.htaccess" \
		"/vfproof/$NAME-a.b.c" "/vfproof/a.b-20250102T030405Z-report.json" "/vfproof/a/$x" /vfproof/report.json "/vfproof/$NAME-" \
		"/vfproof/$NAME" "/$x" "/vfproof/$(printf 'x%.0s' {1..63})$x" /fleet/fleet.html /reports/; do
		refused 404 with_token "$path" -T /etc/hostname
	done
	# These lead above the root, or end in their middle: they are no paths to nginx.
	for path in /vfproof/../../../etc/passwd "/vfproof/..%2f..%2f..%2fetc%2f$x" "/vfproof/%2e%2e/%2e%2e/$x" "/vfproof/$x%00.txt"; do
		refused 400 with_token "$path" -T /etc/hostname
	done
}

@test "128 MiB are taken, and a byte more is not, whether the sender says how much comes or not" {
	truncate -s 128M "$OUT/large"
	[ "$(with_token "/vfproof/$NAME-journal.jsonl" -T "$OUT/large")" = 201 ]
	[ "$(stat -c %s "$REPORTS/$NAME/journal.jsonl")" -eq $((128 << 20)) ]
	truncate -s "$(((128 << 20) + 1))" "$OUT/large"
	refused 413 with_token "/vfproof/$NAME-report.json" -T "$OUT/large"
	refused 413 with_token "/vfproof/$NAME-report.json" -H "Transfer-Encoding: chunked" -T "$OUT/large"
}

@test "a file that breaks off is not there, and can be sent again" {
	{
		printf 'PUT /vfproof/%s-report.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100\r\n\r\nhalf' "$NAME" "$(cat "$COLLECT/token")"
	} | socat -t 0 STDIO "OPENSSL:127.0.0.1:443,cafile=$COLLECT/ca.pem"
	# nginx has noticed when it writes of it.
	timeout 20 sh -c 'until grep -q "PUT /vfproof/'$NAME'-report.json.* 400 " /var/log/nginx/access.log; do sleep 0.1; done'
	[ "$(find "$REPORTS" /srv/vfproof/incoming -type f)" = "" ]
	put_one
}

@test "by HTTPS only, with the certificate that the lab's authority vouches for" {
	[ "$(curl -s -o "$OUT/answer" -w '%{http_code}' -T /etc/hostname "http://127.0.0.1:443/vfproof/$NAME-report.json" -H "Authorization: Bearer $(cat "$COLLECT/token")")" = 400 ]
	run ! curl -s "https://127.0.0.1/" # no authority that it knows
	[ "$(find "$REPORTS" -mindepth 1)" = "" ]
}

@test "the token and the password are in no log, and other users of the server cannot read them" {
	truncate -s 0 /var/log/nginx/access.log # other tests send it where it does not belong
	put_one
	grep -q "PUT /vfproof/$NAME-report.json" /var/log/nginx/access.log
	run -1 grep -rlFf "$COLLECT/token" /var/log/nginx
	[ "$(stat -c '%U %a' /etc/nginx/vfproof.token)" = "root 600" ]
	[ "$(stat -c '%U %a' /etc/nginx/vfproof.key)" = "root 600" ]
	[ "$(stat -c '%U %G %a' /etc/nginx/vfproof.readers)" = "root www-data 640" ]
	run -1 grep -F "$(cat "$COLLECT/password")" /etc/nginx/vfproof.readers
}

@test "two hosts that send at once: the unit's command makes a page of both, for people with the password only" {
	"$TOP/tests/tools/fleet-reports" "$OUT/in" 2 "$TOP/tests/fixtures/report.json"
	options=() n=0
	while read -r report; do
		n=$((n + 1))
		options+=(-T "$report" "https://127.0.0.1/vfproof/HOST$n-20250102T030405Z-report.json" -o /dev/null)
	done < <(find "$OUT/in" -name report.json | sort)
	curl -sf --parallel --cacert "$COLLECT/ca.pem" -H "Authorization: Bearer $(cat "$COLLECT/token")" "${options[@]}"
	run_unit
	[ "$(jq '.hosts | length' /srv/vfproof/fleet/fleet.json)" -eq 2 ]
	# What is no report is no reason to be without the page.
	[ "$(with_token "/vfproof/$NAME-report.json" -T /etc/hostname)" = 201 ]
	run_unit
	[ "$(jq '.hosts | length' /srv/vfproof/fleet/fleet.json)" -eq 2 ]
	[ "$(jq '.files.bad | length' /srv/vfproof/fleet/fleet.json)" -eq 1 ]
	reader=(-u "lab:$(cat "$COLLECT/password")")
	[ "$(ask /fleet.html "${reader[@]}")" = 200 ]
	cmp "$OUT/answer" /srv/vfproof/fleet/fleet.html
	refused 401 ask /fleet.html
	refused 401 ask /fleet.html -u lab:wrong
	refused 401 with_token /fleet.html
	refused 403 ask /fleet.html "${reader[@]}" -T /etc/hostname
	refused 403 ask "/vfproof/$NAME-report.txt" "${reader[@]}" -T /etc/hostname
	refused 403 ask "/vfproof/$NAME-report.txt" "${reader[@]}" -X PUT
	refused 405 ask "/vfproof/$NAME-report.json" "${reader[@]}"
	refused 404 ask /fleet.json "${reader[@]}"
}

@test "the page's user can write the page, and nothing of what the hosts have sent" {
	put_one
	as_user() {
		setpriv --reuid vfproof --regid vfproof --groups www-data "$@"
	}
	as_user touch /srv/vfproof/fleet/x
	as_user cat "$REPORTS/$NAME/report.json"
	for file in "$REPORTS/x" "$REPORTS/$NAME/x" "$REPORTS/$NAME/report.json"; do
		run -1 as_user touch "$file"
	done
	run -2 as_user ls /srv/vfproof/incoming
	run -1 as_user cat /etc/nginx/vfproof.token
}

@test "systemd finds no fault with the units, and the timer is on" {
	systemd-analyze verify --man=no /etc/systemd/system/vfproof-fleet.service /etc/systemd/system/vfproof-fleet.timer 2>&1 | tee "$OUT/verify"
	[ ! -s "$OUT/verify" ]
	grep -qx 'enable --now vfproof-fleet.timer' "$COLLECT/systemctl"
	# It can find one.
	sed 's/^ProtectSystem=strict/ProtectSystem=sternly/' /etc/systemd/system/vfproof-fleet.service >"$OUT/wrong.service"
	systemd-analyze verify --man=no "$OUT/wrong.service" 2>&1 | grep -q ProtectSystem
}

@test "the page says of the configuration what is in it" {
	for file in "$TOP"/configs/collect/*; do
		grep -q "^| .*\`$(basename "$file")\`.* |" "$TOP/docs/collect.md"
		sed -n 2,3p "$file" | grep -q 'docs/collect.md'
	done
	# Names of files.
	files=$(commands_of "Set it up" | grep -o 'vfproof[a-z.-]*' | sort -u)
	for name in vfproof.conf vfproof.sysusers vfproof.tmpfiles vfproof-fleet.service vfproof-fleet.timer; do
		grep -qxF "$name" <<<"$files"
	done
}
