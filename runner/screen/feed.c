/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the journal while it is written.
 */
#include "screen/feed.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/journal.h"
#include "journal/member.h"
#include "report/report.h"
#include "journal/store.h"
#include "base/sysroot.h"

#define MANIFEST_MAX (1u << 20)
#define CHUNK (2u * JOURNAL_MAX_LINE) /* holds any line */

static void take_event(json_t *event, void *arg)
{
	model_event(arg, event);
}

/* Takes the whole lines of the next chunk. False if there is none. */
static bool take_chunk(struct feed *f, int fd, char *buf, struct model *m)
{
	ssize_t n = pread(fd, buf, CHUNK, f->offset);
	const char *last = n > 0 ? memrchr(buf, '\n', (size_t)n) : NULL;
	struct journal_damage damage;

	if (!last)
		return false;
	journal_scan(buf, (size_t)(last + 1 - buf), take_event, m, &damage);
	f->offset += last + 1 - buf;
	return true;
}

void feed_update(struct feed *f, const struct sysroot *root, struct model *m)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, STORE_MEMORY "/" JOURNAL_NAME);
	_cleanup_free_ char *buf = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	if (st.st_ino != f->inode || st.st_size < f->offset) {
		model_free(m);
		model_init(m);
		*f = (struct feed){ .inode = st.st_ino };
	}
	if (st.st_size == f->offset)
		return;
	buf = malloc(CHUNK);
	while (buf && take_chunk(f, fd, buf, m))
		;
}

/* Without what the screen does not show: what was proved, and what else was said meanwhile. */
static void take_for_report(json_t *event, void *arg)
{
	if (!report_needs_evidence(event))
		json_object_del(event, "evidence");
	if (verdict_parse(member_text(event, "verdict")) == VERDICT_PASS) {
		json_object_del(event, "kernel_log");
		json_object_del(event, "console");
	}
	report_take(arg, event);
}

static json_t *make_report(const struct sysroot *root)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_MEMORY);
	struct journal_damage damage = { 0 };
	struct report_builder *b = report_begin(&damage);

	if (b && journal_read(dir, JOURNAL_NAME, take_for_report, b, &damage) < 0)
		damage.lines++;
	return report_end(b, &damage);
}

/* It is made anew when the report is: a stick that comes back is noted in it. */
static void take_manifest(const struct sysroot *root, struct model *m)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_MEMORY);
	uint64_t size;

	if (sha256_of_file(dir, STORE_MANIFEST, MANIFEST_MAX, &size, m->manifest) < 0)
		m->manifest[0] = '\0';
}

void feed_end(const struct sysroot *root, struct model *m)
{
	char finish[sizeof(m->finish)];
	uint64_t wait_s;
	json_t *report;

	if (sysroot_read_u64(root, &wait_s, STORE_WAIT) < 0 || wait_s > UINT16_MAX)
		wait_s = 0;
	m->stick_wait_s = (unsigned int)wait_s;

	if (m->phase == PHASE_OVER)
		take_manifest(root, m);
	if (m->phase == PHASE_OVER || !sysroot_exists(root, STORE_RUN "/ended"))
		return;
	report = make_report(root);
	if (!report)
		return; /* perhaps there is memory for it the next time */
	if (sysroot_read(root, finish, sizeof(finish), STORE_RUN "/finish") > 0)
		util_strlcpy(m->finish, sizeof(m->finish), finish);
	model_over(m, report);
	take_manifest(root, m);
}
