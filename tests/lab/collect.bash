# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The report server of docs/collect.md, set up by that page's own commands on a Debian that is taken for one of its
# own: what they change in /etc, /srv and /usr/local is gone with the test's namespaces.

# commands_of HEADING: the indented lines of that section of the page.
commands_of() {
	awk -v heading="## $1" '/^## /{ on = $0 == heading } on && sub(/^    /, "")' "$TOP/docs/collect.md"
}

# What a restarted system is to these commands. Each call is in $COLLECT/systemctl.
make_systemctl() {
	cat >/usr/local/bin/systemctl <<-'END'
		#!/bin/sh
		echo "$*" >>"$COLLECT/systemctl"
		[ "$*" != "restart nginx" ] || exec nginx
	END
	chmod +x /usr/local/bin/systemctl
}

# collect_begin SAN: nginx takes reports, with a certificate for SAN. COLLECT is a folder with ca.pem, token and
# password then.
collect_begin() {
	[ -n "${VFPROOF_IN_ROOT:-}" ] || {
		echo "the report server is set up in the private root only (scripts/check/lab-unit)"
		return 1
	}
	export COLLECT=$BATS_FILE_TMPDIR/collect PATH=/usr/local/bin:$PATH
	mkdir -p "$COLLECT/etc"
	cp -a /etc/. "$COLLECT/etc/"
	mount --bind "$COLLECT/etc" /etc
	local dir
	for dir in /srv /usr/local /var/log /var/lib/nginx; do
		mount -t tmpfs tmpfs "$dir"
	done
	mkdir -p /usr/local/bin /var/log/nginx
	install -m 755 "$TOP/build/bin/vfproof" /usr/local/bin/vfproof
	make_systemctl
	cp "$TOP"/configs/collect/* "$COLLECT/"
	{
		echo 'set -euo pipefail'
		commands_of "Set it up" | sed "s/^san=.*/san=$1/"
		# shellcheck disable=SC2016 # it expands there
		echo 'echo "$token" >token; echo "$password" >password'
	} >"$COLLECT/commands"
	grep -q "^san=$1" "$COLLECT/commands"
	(cd "$COLLECT" && bash commands) 3>&- 4>&-
}

collect_end() {
	[ ! -s /run/nginx.pid ] || nginx -s stop
}

# The page, made by the command, the user and the group of the unit as it was installed.
run_unit() {
	local unit=/etc/systemd/system/vfproof-fleet.service user group command status=0
	user=$(sed -n 's/^User=//p' "$unit")
	group=$(sed -n 's/^SupplementaryGroups=//p' "$unit")
	read -ra command < <(sed -n 's/^ExecStart=//p' "$unit")
	setpriv --reuid "$user" --regid "$user" --groups "$group" "${command[@]}" || status=$?
	# As systemd does, with what the unit calls a success.
	[ "$status" -eq 0 ] || [ "$status" -eq "$(sed -n 's/^SuccessExitStatus=//p' "$unit")" ]
}
