/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The yardstick of `make bench`: the whole of an initramfs. Says that /init runs, and switches off.
 */
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	static const char line[] = "YARDSTICK: /init runs\n";

	if (write(STDOUT_FILENO, line, strlen(line)) < 0)
		return 1;
	reboot(RB_POWER_OFF);
	return 1;
}
