/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/again.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/sysroot.h"
#include "journal/member.h"
#include "journal/store.h"

#define NAME "again" /* in STORE_RUN; /init waits for it */
#define MAX_SIZE (1u << 20)

json_t *again_make(const char *what, const char *of, json_t *items)
{
	return json_pack("{s:s, s:s, s:o}", "what", what, "of", of, "items",
			 items ? items : json_array());
}

int again_ask(const struct sysroot *root, const json_t *wish)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	_cleanup_free_ char *text = json_dumps(wish, JSON_COMPACT);

	if (!text)
		return -ENOMEM;
	return dir < 0 ? dir : util_write_durably(dir, NAME, text, strlen(text));
}

json_t *again_read(const struct sysroot *root)
{
	_cleanup_free_ char *text = NULL;
	json_t *wish;
	size_t len;

	if (sysroot_slurp(root, &text, &len, MAX_SIZE, STORE_RUN "/" NAME) < 0)
		return NULL;
	wish = json_loadb(text, len, 0, NULL);
	if (member_text(wish, "what")[0] && json_is_array(json_object_get(wish, "items")))
		return wish;
	json_decref(wish);
	return NULL;
}

void again_done(const struct sysroot *root)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_RUN);

	if (dir >= 0)
		unlinkat(dir, NAME, 0);
}

bool again_is_narrow(const json_t *wish)
{
	return strcmp(member_text(wish, "what"), AGAIN_FAILED) == 0;
}
