#!/usr/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Process 1 of the appliance: mounts what is needed, runs the runner, starts it again if it dies (it
# goes on from its journal), and carries out the end state. No service, and no shell unless asked.

export PATH=/usr/bin:/usr/sbin:/bin:/sbin
bb() {
	/usr/bin/busybox "$@"
}

bb mount -t devtmpfs -o mode=0755,nosuid devtmpfs /dev
bb mount -t proc -o nosuid,noexec,nodev proc /proc
bb mount -t sysfs -o nosuid,noexec,nodev sysfs /sys
bb mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /run
bb mkdir -p /run/vfproof /tmp /mnt
# A console that is stopped (XOFF) would stop whoever writes to it. What has to be said goes through
# "vfproof say", which waits for none; complaints of the tools here go to a file.
exec </dev/null >/run/vfproof/init.log 2>&1
# Which port UEFI has booted from, if no boot loader says it.
[ ! -d /sys/firmware/efi/efivars ] || bb grep -q BOOTIF= /proc/cmdline ||
	bb mount -t efivarfs -o ro,nosuid,noexec,nodev efivarfs /sys/firmware/efi/efivars

# What the kernel said when it died: the runner reads it.
bb mount -t pstore -o nosuid,noexec,nodev pstore /sys/fs/pstore

# Lines of the kernel and of the runner would mix on the console; the runner reads /dev/kmsg.
bb dmesg -n 1
# A host that panics boots again, and the run goes on from the journal on the stick.
echo 10 >/proc/sys/kernel/panic

# QEMU and the guest's files: unpacked while the runner looks at the machine. The runner waits for
# guests.ready before it starts a guest, and gives up at guests.failed. Only what is named here comes
# out of the archive: /lib, say, is in it too, and must not be gone for a moment while the runner loads
# kernel modules. tests/lab/image.bats reads this list.
GUEST_FILES='usr/* etc/ld.so.cache'
unpack_guests() {
	cd / || return
	set -f
	# shellcheck disable=SC2086 # patterns, a word each
	if /usr/bin/unxz </usr/lib/vfproof/guests.cpio.xz 2>/run/vfproof/guests.log |
		bb cpio -idu $GUEST_FILES 2>>/run/vfproof/guests.log && [ -s /usr/lib/vfproof/guest/initramfs.img ]; then
		bb rm /usr/lib/vfproof/guests.cpio.xz
		: >/run/vfproof/guests.ready
	else
		: >/run/vfproof/guests.failed
	fi
	look_at_boot
}

# For the report: what was booted, looked at when all files are there and nobody waits for it any more.
look_at_boot() {
	[ ! -d /sys/firmware/efi/efivars ] || bb grep -q ' /sys/firmware/efi/efivars ' /proc/mounts ||
		bb mount -t efivarfs -o ro,nosuid,noexec,nodev efivarfs /sys/firmware/efi/efivars
	bb mount -t securityfs -o nosuid,noexec,nodev securityfs /sys/kernel/security
	/usr/bin/vfproof measure 2>/run/vfproof/measure.log
}
unpack_guests &

# The operator's screen on tty1. It ends by itself if none is wanted, and is started again if it dies.
show_screen() {
	echo 500 >/proc/self/oom_score_adj # of no use without memory; the runner is last to go
	until /usr/bin/vfproof screen; do
		bb sleep 1
	done
}
show_screen &

# What goes to consoles is written by the program, as the runner's own lines are: to all of them, and
# without waiting for one that takes nothing (a serial port at whose other end nobody reads).
put() {
	/usr/bin/vfproof say
}

say() {
	/usr/bin/vfproof say "vfproof: $*"
}

# A report from the journal of a runner that cannot make its own, and the line that labs parse.
last_report() {
	/usr/bin/vfproof report "$journal"
	/usr/bin/vfproof report "$journal" --form result || [ $? -le 2 ] || echo "VFPROOF-RESULT: INCOMPLETE"
}

keep_report() {
	/usr/bin/vfproof report "$1" --form json >"${1%/*}/report.json"
	/usr/bin/vfproof report "$1" >"${1%/*}/report.txt"
	bb sync
	bb umount /run/vfproof/stick
}

# await PID SECONDS: for a child of this shell to end; one that does not is left behind.
await() {
	local left=$2
	while [ "$left" -gt 0 ] && bb grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null; do
		bb sleep 1
		left=$((left - 1))
	done
}

# The shell gets the console that the kernel calls /dev/console: if that is the screen's, the screen
# ends and leaves the terminal as it was.
leave_screen() {
	local last='' tty _
	for tty in $(bb cat /sys/class/tty/console/active); do
		last=$tty
	done
	case $last in
	tty0 | tty1) ;;
	*) return ;;
	esac
	bb kill "$(bb cat /run/vfproof/screen.pid)" 2>/dev/null || return
	for _ in 1 2 3 4 5; do
		[ -e /run/vfproof/screen.pid ] || break
		bb sleep 1
	done
}

# The runner has ended by itself if its status is one of its own: 0 to 3.
run() {
	local lives=0
	status=255
	while [ "$lives" -lt 4 ]; do
		/usr/bin/vfproof run
		status=$?
		[ "$status" -le 3 ] && break
		lives=$((lives + 1))
		say "the runner died (status $status); starting it again, it goes on from its journal"
	done

	# The runner has stopped the watchdog, or left it to the end state below; one that died has done
	# neither. No work goes on any more that it could watch. A watchdog that cannot be stopped is fed.
	quiet=''
	if [ "$status" -gt 3 ]; then
		/usr/bin/vfproof end hold &
		quiet=$!
		journal=$(bb cat /run/vfproof/current 2>/dev/null)/journal.jsonl
		say "the runner died $lives times; this is the report of what its journal holds"
		last_report | put
		# The stick may be what hangs: it is waited for, and then left.
		keep_report "$journal" &
		await $! 60
	fi

	# The screen shows the verdict from now on, and may ask for another run, by the file "again".
	bb rm -f /run/vfproof/again
	: >/run/vfproof/ended

	# The runner's settings decide; without its word the kernel command line does.
	finish=$(bb cat /run/vfproof/finish 2>/dev/null)
	if [ -z "$finish" ]; then
		for word in $(bb cat /proc/cmdline); do
			case $word in
			vfproof.finish=*) finish=${word#*=} ;;
			esac
		done
	fi
}

# A driver that hangs holds the lock of its device, and the kernel waits for it when it shuts devices
# down: "vfproof end" tries otherwise then, and the watchdog stands behind it.
end_host() {
	[ -z "$quiet" ] || bb kill "$quiet" 2>/dev/null
	/usr/bin/vfproof end "$1"
}

# For hold and shell, beside them: a process group of its own, so that all of it can be ended.
quiet_watchdog() {
	/usr/bin/busybox setsid /usr/bin/busybox sh -c 'until /usr/bin/vfproof end hold; do /usr/bin/busybox sleep 1; done' &
	quieter=$!
}

# A shell on a serial port that is not the kernel's own console.
serial_shell() {
	while :; do
		# shellcheck disable=SC2016 # $0 is the inner one's
		/usr/bin/busybox setsid /usr/bin/busybox sh -c 'exec <"/dev/$0" >"/dev/$0" 2>&1
			busybox stty sane; exec busybox sh -i' "$1"
		bb sleep 1
	done
}

# Until the operator wants another run, for which this is left as it was before the first one. What is in
# memory of the run before is on the stick; if there is none, it stays in memory beside the new one's.
hold() {
	quiet_watchdog
	say "end: hold (press the power button)"
	until [ -s /run/vfproof/again ]; do
		bb sleep 1
	done
	[ -z "$quiet" ] || bb kill "$quiet" 2>/dev/null
	[ -z "$keeper" ] || bb kill "$keeper" 2>/dev/null
	bb kill -TERM "-$quieter" 2>/dev/null
	[ -z "$keeper" ] || await "$keeper" 10
	await "$quieter" 10
	runs=$((runs + 1))
	case $(bb cat /run/vfproof/current) in
	*/run/vfproof/stick/*) bb rm -rf /run/vfproof/report ;;
	*) bb mv /run/vfproof/report "/run/vfproof/report.$runs" ;;
	esac
	bb rm -f /run/vfproof/ended
	say "the operator wants another run"
}

runs=0
while :; do
	run
	# A report that is in memory alone, as the stick was pulled out or fails, goes to one that is put in.
	keeper=''
	case $finish in
	poweroff)
		/usr/bin/vfproof keep 60
		say "end: power off"
		end_host poweroff
		;;
	reboot)
		/usr/bin/vfproof keep 60
		say "end: reboot"
		end_host reboot
		;;
	*)
		/usr/bin/vfproof keep &
		keeper=$!
		;;
	esac
	[ "$finish" != shell ] || break
	hold
done

leave_screen
quiet_watchdog
say "end: shell"
bb --install -s
bb dmesg -n 7
for tty in $(bb grep ttyS /run/vfproof/consoles); do
	bb grep -qw "$tty" /sys/class/tty/console/active || serial_shell "$tty" &
done
while :; do
	/usr/bin/busybox setsid /usr/bin/busybox cttyhack /usr/bin/busybox sh
done
