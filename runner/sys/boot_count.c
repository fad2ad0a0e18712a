/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/boot_count.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/rtc.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include "base/log.h"
#include "base/sysroot.h"

#define EFIVARS "sys/firmware/efi/efivars"
#define VARIABLE EFIVARS "/" BOOT_COUNT_VARIABLE
#define EFI_ATTRIBUTES 7 /* non-volatile, of boot services and at run time: UEFI 2.10, 8.2 */
#define VARIABLE_SIZE 5 /* the attributes, and the count */

#define RTC_HOUR 19
#define RTC_MIN 40 /* and the count */
#define RTC_SEC 57
#define DAY_S 86400

/* All but this program leaves the variables alone: they are read only but for a moment. */
static void efi_let_write(const struct sysroot *root, bool yes)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | (yes ? 0 : MS_RDONLY);
	static const char path[] = "/" EFIVARS;

	if (!sysroot_is_real(root) || !sysroot_exists(root, EFIVARS))
		return;
	if (mount("efivarfs", path, "efivarfs", flags, NULL) < 0 &&
	    mount(NULL, path, NULL, MS_REMOUNT | flags, NULL) < 0)
		log_debug("efivarfs: %s", strerror(errno));
}

/* The kernel protects variables that it does not know (Documentation/filesystems/efivarfs.rst). */
static void efi_let_change(const struct sysroot *root)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, VARIABLE);
	int flags;

	if (fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && flags & FS_IMMUTABLE_FL) {
		flags &= ~FS_IMMUTABLE_FL;
		if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0)
			log_debug("%s: %s", VARIABLE, strerror(errno));
	}
}

static unsigned int efi_get(const struct sysroot *root)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, VARIABLE);
	uint8_t data[VARIABLE_SIZE];

	if (fd < 0 || util_read_all(fd, data, sizeof(data)) != sizeof(data))
		return 0;
	return data[VARIABLE_SIZE - 1] > BOOT_COUNT_MAX ? 0 : data[VARIABLE_SIZE - 1];
}

static int efi_put(const struct sysroot *root, unsigned int n)
{
	const uint8_t data[VARIABLE_SIZE] = { EFI_ATTRIBUTES, 0, 0, 0, (uint8_t)n };
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, EFIVARS);
	_cleanup_close_ int fd = -1;

	if (dir < 0)
		return dir;
	efi_let_change(root);
	fd = openat(dir, BOOT_COUNT_VARIABLE, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	/* One write is one variable. */
	return write(fd, data, sizeof(data)) == sizeof(data) ? 0 : -EIO;
}

static int efi_set(const struct sysroot *root, unsigned int n)
{
	int ret;

	efi_let_write(root, true);
	if (n > 0) {
		ret = efi_put(root, n);
	} else {
		_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, EFIVARS);

		efi_let_change(root);
		ret = dir < 0 || unlinkat(dir, BOOT_COUNT_VARIABLE, 0) < 0 ? -errno : 0;
	}
	efi_let_write(root, false);
	return ret;
}

struct boot_count_time boot_count_to_time(unsigned int n)
{
	return (struct boot_count_time){ RTC_HOUR, RTC_MIN + (int)n, RTC_SEC };
}

int boot_count_of_time(struct boot_count_time t, unsigned int *n)
{
	if (t.hour != RTC_HOUR || t.sec != RTC_SEC || t.min < RTC_MIN ||
	    t.min > RTC_MIN + BOOT_COUNT_MAX)
		return -ENOENT;
	*n = (unsigned int)(t.min - RTC_MIN);
	return 0;
}

static unsigned int rtc_get(const struct sysroot *root)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, "dev/rtc0");
	struct rtc_time tm = { 0 };
	unsigned int n;

	if (fd < 0 || ioctl(fd, RTC_ALM_READ, &tm) < 0 ||
	    boot_count_of_time((struct boot_count_time){ tm.tm_hour, tm.tm_min, tm.tm_sec }, &n) <
		    0)
		return 0;
	return n;
}

/* The next time after @now at which it is @t o'clock. */
static struct rtc_wkalrm rtc_alarm_at(const struct rtc_time *now, struct boot_count_time t)
{
	struct rtc_wkalrm alarm = { .enabled = 1 };
	struct tm tm = { .tm_year = now->tm_year, .tm_mon = now->tm_mon, .tm_mday = now->tm_mday };
	time_t s, is;

	tm.tm_hour = now->tm_hour;
	tm.tm_min = now->tm_min;
	tm.tm_sec = now->tm_sec;
	is = timegm(&tm);
	tm.tm_hour = t.hour;
	tm.tm_min = t.min;
	tm.tm_sec = t.sec;
	s = timegm(&tm);
	if (s <= is)
		s += DAY_S;
	gmtime_r(&s, &tm);
	alarm.time = (struct rtc_time){ .tm_sec = tm.tm_sec,
					.tm_min = tm.tm_min,
					.tm_hour = tm.tm_hour,
					.tm_mday = tm.tm_mday,
					.tm_mon = tm.tm_mon,
					.tm_year = tm.tm_year };
	return alarm;
}

/* The kernel hands an alarm to the clock only if it is on; off again, it stays in the clock. */
static int rtc_set(const struct sysroot *root, unsigned int n)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, "dev/rtc0");
	struct rtc_time now;
	struct rtc_wkalrm alarm;

	if (fd < 0)
		return fd;
	if (ioctl(fd, RTC_RD_TIME, &now) < 0)
		return -errno;
	alarm = rtc_alarm_at(&now, n > 0 ? boot_count_to_time(n) : (struct boot_count_time){ 0 });
	if (ioctl(fd, RTC_WKALM_SET, &alarm) < 0 || ioctl(fd, RTC_AIE_OFF, 0) < 0)
		return -errno;
	return 0;
}

static const struct {
	const char *name;
	unsigned int (*get)(const struct sysroot *root);
	int (*set)(const struct sysroot *root, unsigned int n); /* 0: nothing is left of it */
} places[] = {
	{ "a UEFI variable", efi_get, efi_set },
	{ "the alarm of the real-time clock", rtc_get, rtc_set },
};

int boot_count_add(const struct sysroot *root, unsigned int *boots, const char **place)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		const unsigned int n = places[i].get(root);
		const unsigned int next = n < BOOT_COUNT_MAX ? n + 1 : n;

		if (places[i].set(root, next) < 0 || places[i].get(root) != next)
			continue;
		*boots = n;
		*place = places[i].name;
		return 0;
	}
	return -ENODEV;
}

void boot_count_clear(const struct sysroot *root)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i].get(root) > 0 && places[i].set(root, 0) < 0)
			log_error("the count of boots in %s could not be removed", places[i].name);
}
