# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by commands that run QEMU beside servers: a network segment in a network namespace of its own,
# which ends with the command. QEMU's end is the tap device lab0, ours has the address 192.0.2.1/24.

# segment_enter "$@": the arguments of the command, which is run again in the namespace.
segment_enter() {
	[ -n "${VFPROOF_SEGMENT:-}" ] || VFPROOF_SEGMENT=1 exec unshare --net -- "$0" "$@"
	ip link set lo up
	ip tuntap add dev lab0 mode tap
	ip address add 192.0.2.1/24 dev lab0
	ip link set lab0 up
}

servers=()
# segment_serve LOG COMMAND...: runs beside QEMU.
segment_serve() {
	local log=$1
	shift
	"$@" >>"$log" 2>&1 &
	servers+=($!)
}

# segment_run COMMAND...: QEMU; ends the servers and the script with its status.
segment_run() {
	local status=0
	"$@" || status=$?
	kill "${servers[@]}"
	exit "$status"
}
