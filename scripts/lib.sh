# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by every script: where things are, and how to say what went wrong.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${VFPROOF_BUILD:-$TOP/build}
ROOT=${VFPROOF_ROOT:-$BUILD/root}
# An ordinary user's PATH does not have chroot in it.
PATH=$PATH:/usr/sbin:/sbin
export TOP BUILD ROOT PATH

say() {
	printf 'vfproof: %s\n' "$*" >&2
}

die() {
	say "error: $*"
	exit 3
}

# The words of a package list: one name a line, "#" begins a comment.
list_words() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@"
}

# lock_tree WHAT [shared]: two commands that would disturb each other do not work in one tree at a time: the
# later one says for whom it waits. Who only reads what was built shares the lock with the like. The lock is an
# open file, which all that is started from here inherits: it is free again when the last of these processes
# has ended, however that came about. Commands that are a part of one that has the lock go on at once.
lock_tree() {
	local how=-x holder=$BUILD/build.lock
	[ "${2:-}" != shared ] || how=-s
	[ "${VFPROOF_LOCKED:-}" != "$BUILD" ] || return 0
	mkdir -p "$BUILD"
	exec 9>>"$holder"
	if ! flock -n "$how" 9; then
		say "waiting for another command in this tree: $(cat "$holder")"
		flock "$how" 9
	fi
	echo "$1 (process $$, or what it started)" >"$holder"
	export VFPROOF_LOCKED=$BUILD
}

# replace_dir NEW DIRECTORY: puts a finished directory in the place of another one. There is no moment at which
# a part of either has that name.
replace_dir() {
	rm -rf "$2.old"
	[ ! -e "$2" ] || mv "$2" "$2.old"
	mv "$1" "$2"
	rm -rf "$2.old"
}

# Runs a command as root of a namespace of its own: the mounts and the processes that it makes end
# with it. An ordinary user becomes root of a user namespace, with the ids of /etc/subuid. With on=exec
# the command takes the place of this shell.
own_namespace() {
	local ids=() propagation=private
	if [ "$(id -u)" -ne 0 ]; then
		ids=(--map-root-user --map-auto)
	fi
	# In a chroot, / may be no mount of its own, and then its propagation cannot be set.
	mountpoint -q / || propagation=unchanged
	${on:-} unshare "${ids[@]}" --mount --pid --fork --kill-child --propagation "$propagation" -- "$@"
}

# What the images and reports call this tree: the commit, with "-dirty" if files differ from it.
revision() {
	git -C "$TOP" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown
}
