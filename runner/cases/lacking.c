/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the appliance lacks, in words. */
#include "cases/lacking.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "sys/driver.h"
#include "sys/kmsg.h"
#include "sys/left_out.h"
#include "sys/module.h"

#define MAX_RECORDS 200000 /* more than any log buffer holds */
#define OVERLAY "into an overlay (docs/overlays.md)"

bool lacking_driver(const struct ctx *ctx, const char *modalias, const char *driver, char *why,
		    size_t size)
{
	struct utsname uts = { 0 };
	struct left_out lo;
	char module[64];

	if (module_find_by_alias(modalias, module, sizeof(module)) == 0 ||
	    (driver[0] && driver_exists(ctx->root, driver)))
		return false;
	if (left_out_driver(ctx->root, modalias, &lo) == 0) {
		util_format(why, size, "this image leaves out its driver %s%s%s: put %s " OVERLAY,
			    lo.module, lo.why[0] ? ", as " : "", lo.why, lo.files);
		return true;
	}
	util_format(why, size,
		    "Linux %s as it is here has no driver for %.22s: use an image with a newer "
		    "kernel, or put a driver for it " OVERLAY,
		    uname(&uts) == 0 ? uts.release : "", modalias);
	return true;
}

/* The file that a line of the kernel's firmware loader says is not there (-ENOENT). */
static bool take_missing_file(const char *text, char *file, size_t size)
{
	static const char before[] = "firmware load for ", after[] = " failed with error -2";
	const char *p = strstr(text, before), *end = p ? strstr(p, after) : NULL;

	if (!end || (end[strlen(after)] >= '0' && end[strlen(after)] <= '9'))
		return false;
	p += strlen(before);
	util_format(file, size, "%.*s", (int)(end - p), p);
	return true;
}

static bool find_missing_file(const struct ctx *ctx, const char *about, char *file, size_t size)
{
	_cleanup_close_ int fd = kmsg_open(ctx->root, true);
	struct kmsg_record rec;
	bool found = false;
	int ret = 1;

	for (unsigned int i = 0; fd >= 0 && !found && i < MAX_RECORDS; i++) {
		ret = kmsg_read(fd, &rec, NULL);
		if (ret == 0 || (ret < 0 && ret != -EBADMSG))
			break;
		found = ret > 0 && strstr(rec.text, about) &&
			take_missing_file(rec.text, file, size);
	}
	return found;
}

bool lacking_firmware(const struct ctx *ctx, const char *about, const char *module, char *why,
		      size_t size)
{
	bool listed;
	char file[128], line[256];
	struct left_out lo;

	listed = left_out_firmware(ctx->root, module, &lo) == 0;
	if (find_missing_file(ctx, about, file, sizeof(file))) {
		util_format(
			why, size,
			"its driver asks for the firmware file %s, which this image has not%s%s: "
			"put firmware/%s " OVERLAY,
			file, listed ? ", " : "", listed ? lo.why : "", file);
		return true;
	}
	/* nfp asks in a way that the kernel says nothing about, and says itself what it tried. */
	if (!listed || !kmsg_find_both(ctx->root, about, ": not found", line, sizeof(line)))
		return false;
	util_format(
		why, size,
		"its driver %s found no firmware, which this image has not, %s: put the file for "
		"this card, such as %s, " OVERLAY "; %s",
		module, lo.why, lo.files, line);
	return true;
}
