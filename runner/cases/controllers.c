/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB controllers that are dead, by the kernel log. */
#include "cases/controllers.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"
#include "sys/kmsg.h"

#define MAX_CONTROLLERS 8
#define MAX_RECORDS 200000 /* more than any log buffer holds */

struct dead {
	unsigned int n;
	char names[MAX_CONTROLLERS][KMSG_ABOUT_NAME];
};

/* The controller that the message calls dead. False if it does none, or not for the first time. */
static bool take_record(const struct ctx *ctx, struct dead *dead, const struct kmsg_record *rec)
{
	const struct symptom *s = symptom_match(SYMPTOM_KERNEL, rec->text);
	char name[KMSG_ABOUT_NAME];
	bool other;
	unsigned int i;

	if (!s || strcmp(s->label, "usb_controller_dead") != 0 || dead->n == MAX_CONTROLLERS)
		return false;
	inventory_of_message(ctx->root, ctx->inv, rec, &other, name);
	if (!other)
		return false;
	for (i = 0; i < dead->n; i++)
		if (strcmp(dead->names[i], name) == 0)
			return false;
	util_strlcpy(dead->names[dead->n++], sizeof(dead->names[0]), name);
	return true;
}

void controllers_note_dead(struct ctx *ctx)
{
	_cleanup_close_ int fd = kmsg_open(ctx->root, true);
	struct dead dead = { 0 };
	struct kmsg_record rec;
	unsigned int i;
	int ret = 1;

	for (i = 0; fd >= 0 && i < MAX_RECORDS && (ret > 0 || ret == -EBADMSG); i++) {
		ret = kmsg_read(fd, &rec, NULL);
		if (ret > 0 && take_record(ctx, &dead, &rec))
			ctx_evidence(ctx, CONTROLLER_DEAD, "%s, a USB controller: %s",
				     dead.names[dead.n - 1], rec.text);
	}
}
