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

# Runs a command as root of a namespace of its own: the mounts and the processes that it makes end
# with it. An ordinary user becomes root of a user namespace, with the ids of /etc/subuid.
own_namespace() {
	local ids=() propagation=private
	if [ "$(id -u)" -ne 0 ]; then
		ids=(--map-root-user --map-auto)
	fi
	# In a chroot, / may be no mount of its own, and then its propagation cannot be set.
	mountpoint -q / || propagation=unchanged
	unshare "${ids[@]}" --mount --pid --fork --kill-child --propagation "$propagation" -- "$@"
}

# What the images and reports call this tree: the commit, with "-dirty" if files differ from it.
revision() {
	git -C "$TOP" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown
}
