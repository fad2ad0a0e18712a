#!/usr/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Called by udhcpc(8) with what the DHCP server gave in the environment: leaves it in a file for the
# runner, which checks it and sets the address.
# shellcheck disable=SC2154
case $1 in
bound | renew)
	{
		echo "address $ip"
		echo "prefix $mask"
		echo "gateway ${router%% *}"
		echo "dns ${dns%% *}"
	} >/run/vfproof/lease
	;;
esac
