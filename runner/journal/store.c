/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two places of journal and reports.
 */
#include "journal/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/folders.h"
#include "journal/join.h"
#include "journal/reserve.h"

#define JOURNAL_BEFORE "journal.before"

/* Makes a directory below @dirfd if it is not there, and opens it. Returns it or -errno. */
static int make_dir(int dirfd, const char *name)
{
	int fd;

	if (mkdirat(dirfd, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int store_find(const struct store *s, const char *name)
{
	const bool use_stick = s->memory.fd < 0 && s->stick_dir >= 0;
	const int dir = use_stick ? s->stick_dir : s->memory_dir;

	if (strcmp(name, JOURNAL_NAME) == 0)
		return dir;
	if (s->memory_dir >= 0 && faccessat(s->memory_dir, name, R_OK, 0) == 0)
		return s->memory_dir;
	return s->stick_dir;
}

json_t *store_outline(const struct store *s)
{
	return journal_outline(store_find(s, JOURNAL_NAME));
}

/* Writes a file of STORE_RUN, @name; removes it if @text is NULL. */
static void write_state(const struct sysroot *root, const char *name, const char *text)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	const char *file = strrchr(name, '/') + 1;

	if (dir >= 0 && !text)
		unlinkat(dir, file, 0);
	else if (dir < 0 || util_write_durably(dir, file, text, strlen(text)) < 0)
		log_error("/%s could not be written", name);
}

/* Tells the appliance's init, and a runner that is started again, where the journal is. */
static void write_current(const struct sysroot *root, const char *folder)
{
	char text[256];

	util_format(text, sizeof(text), "%s/%s\n", root->path, folder);
	write_state(root, STORE_RUN "/current", text);
}

int store_open(struct store *s, const struct sysroot *root, bool *unfinished)
{
	_cleanup_close_ int run = -1, vfproof = -1;
	json_t *events;
	int ret;

	*s = (struct store){
		.memory = { -1 }, .stick = { -1 }, .memory_dir = -1, .stick_dir = -1, .root = root
	};
	*unfinished = false;
	run = make_dir(root->fd, "run");
	if (run < 0)
		return run;
	vfproof = make_dir(run, "vfproof");
	if (vfproof < 0)
		return vfproof;
	s->memory_dir = make_dir(vfproof, "report");
	if (s->memory_dir < 0)
		return s->memory_dir;
	events = journal_outline(s->memory_dir);
	*unfinished = events && journal_is_unfinished(events);
	json_decref(events);
	if (!*unfinished)
		unlinkat(s->memory_dir, JOURNAL_NAME, 0);
	ret = journal_open(&s->memory, s->memory_dir);
	if (ret == 0 && !*unfinished)
		write_current(root, STORE_MEMORY);
	return ret;
}

static void stick_close(struct store *s)
{
	journal_close(&s->stick);
	if (s->stick_dir >= 0)
		close(util_take_fd(&s->stick_dir));
}

static void stick_give_up(struct store *s)
{
	stick_close(s);
	write_current(s->root, STORE_MEMORY);
}

void store_close(struct store *s)
{
	journal_close(&s->memory);
	if (s->memory_dir >= 0)
		close(util_take_fd(&s->memory_dir));
	stick_close(s);
}

/*
 * The signature first: without it there is no manifest that anybody goes by. All are held until
 * their names are gone, as their clusters are free, and may be another file's, when they go.
 */
static void drop_manifest(int dir)
{
	static const char *const names[] = { STORE_SIGNATURE, STORE_MANIFEST, STORE_PUBLIC };
	int held[ARRAY_SIZE(names)];
	bool dropped = false;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		held[i] = openat(dir, names[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
		dropped |= unlinkat(dir, names[i], 0) == 0;
	}
	if (dropped && fsync(dir) < 0)
		log_error("that the manifest is removed may not be on the stick");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (held[i] >= 0)
			close(held[i]);
}

void store_drop_manifest(struct store *s)
{
	if (s->memory_dir >= 0)
		drop_manifest(s->memory_dir);
	if (s->stick_dir >= 0)
		drop_manifest(s->stick_dir);
}

int store_use_stick(struct store *s, int stick_dir, const char *name)
{
	char current[256];
	int ret;

	s->stick_dir = folders_open(stick_dir, name);
	if (s->stick_dir < 0) {
		ret = s->stick_dir;
		s->stick_dir = -1;
		return ret;
	}
	util_strlcpy(s->folder, sizeof(s->folder), name);
	store_drop_manifest(s); /* of a run that is gone on with */
	reserve_clear(s->stick_dir);
	journal_trim(s->stick_dir);
	journal_close(&s->memory); /* the copy may put another file in its place */
	ret = join_journals(s->memory_dir, s->stick_dir);
	if (ret == 0)
		ret = journal_open(&s->stick, s->stick_dir);
	if (journal_open(&s->memory, s->memory_dir) < 0)
		log_error("there is no journal in memory");
	if (ret < 0) {
		stick_close(s);
		return ret;
	}
	s->reserved = reserve_take(s->stick_dir);
	s->missing[0] = '\0';
	util_format(current, sizeof(current), STORE_STICK "/%s", name);
	write_current(s->root, current);
	write_state(s->root, STORE_LOST, NULL);
	return 0;
}

int store_switch(struct store *s, int stick_dir, const char *name)
{
	char before[sizeof(s->folder)];
	int ret;

	util_strlcpy(before, sizeof(before), s->folder);
	store_release(s);
	stick_close(s);
	journal_close(&s->memory);
	if (renameat(s->memory_dir, JOURNAL_NAME, s->memory_dir, JOURNAL_BEFORE) < 0)
		return -errno;
	ret = store_use_stick(s, stick_dir, name);
	if (ret == 0) {
		unlinkat(s->memory_dir, JOURNAL_BEFORE, 0);
		return 0;
	}
	journal_close(&s->memory);
	if (renameat(s->memory_dir, JOURNAL_BEFORE, s->memory_dir, JOURNAL_NAME) < 0 ||
	    store_use_stick(s, stick_dir, before) < 0)
		log_error("STICK: %s cannot be gone on with, nor can %s", name, before);
	return ret;
}

/* Returns 0 or -errno; a journal in memory that fails is closed. */
static int append_to_memory(struct store *s, const char *line, size_t len)
{
	int ret;

	if (s->memory.fd < 0)
		return -EBADF;
	ret = journal_write(&s->memory, line, len);
	if (ret == 0)
		return 0;
	log_errno(ret, "append to", STORE_MEMORY "/" JOURNAL_NAME);
	journal_close(&s->memory);
	/* Opened again if it is all there is: that ends the line that was cut. */
	if (s->stick.fd < 0 && journal_open(&s->memory, s->memory_dir) < 0)
		log_error("there is no journal any more");
	return ret;
}

/* Appends the line to every journal in use. */
static int append_line(struct store *s, const char *line, size_t len)
{
	int ret = append_to_memory(s, line, len), stick;

	if (s->stick.fd < 0)
		return ret;
	stick = journal_write(&s->stick, line, len);
	if (stick == -ENOSPC && reserve_give_back(s->stick_dir)) {
		log_error("STICK: it is full; what was kept for the report goes to the journal");
		stick = journal_write(&s->stick, line, len);
	}
	if (stick < 0) {
		log_error("THE STICK FAILS (%s): the report is in /" STORE_MEMORY " only",
			  strerror(-stick));
		store_lose_stick(s, strerror(-stick));
	}
	return stick == 0 ? 0 : ret;
}

/* What the next line follows: the journals in use are the same. */
static const struct chain *chain_of(const struct store *s)
{
	return s->memory.fd < 0 && s->stick.fd >= 0 ? &s->stick.chain : &s->memory.chain;
}

static int append_head(struct store *s)
{
	_cleanup_free_ char *line = NULL;
	size_t len = 0;
	int ret;

	if (chain_of(s)->begun)
		return 0;
	ret = journal_format_head(chain_of(s), &line, &len);
	return ret < 0 ? ret : append_line(s, line, len);
}

int store_append(struct store *s, const char *ev, json_t *obj)
{
	_cleanup_free_ char *line = NULL;
	size_t len = 0;
	int ret;

	if (!obj)
		return -ENOMEM;
	ret = append_head(s);
	if (ret < 0) {
		json_decref(obj);
		return ret;
	}
	json_incref(obj);
	ret = journal_format(chain_of(s), ev, obj, &line, &len);
	if (ret < 0)
		log_errno(ret, "journal", ev);
	else
		ret = append_line(s, line, len);
	if (ret == 0 && s->appended)
		s->appended(s->appended_arg, obj);
	json_decref(obj);
	return ret;
}

static int append(void *store, const char *ev, json_t *obj)
{
	return store_append(store, ev, obj);
}

void store_note(struct store *s, bool incomplete, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	journal_note(append, s, incomplete, fmt, args);
	va_end(args);
}

static void say_stick(struct store *s, const char *state, const char *why)
{
	char stored[600];

	store_describe(s, stored, sizeof(stored));
	if (store_append(
		    s, "stick",
		    json_pack("{s:s, s:s, s:s}", "state", state, "why", why, "stored", stored)) < 0)
		log_error("not in the journal: the stick is %s", state);
}

void store_lose_stick(struct store *s, const char *why)
{
	stick_give_up(s);
	write_state(s->root, STORE_LOST, s->folder);
	store_note(s, false, "the stick failed during the run: %s", why);
	say_stick(s, "lost", why);
}

void store_say_back(struct store *s)
{
	store_note(s, false, "there is a stick again: all of the journal is in %s", s->folder);
	say_stick(s, "back", "");
}

int store_open_again(struct store *s, const struct sysroot *root)
{
	*s = (struct store){
		.memory = { -1 }, .stick = { -1 }, .memory_dir = -1, .stick_dir = -1, .root = root
	};
	s->memory_dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_MEMORY);
	if (s->memory_dir < 0)
		return s->memory_dir;
	if (sysroot_read(root, s->folder, sizeof(s->folder), STORE_LOST) < 0)
		s->folder[0] = '\0';
	return journal_open(&s->memory, s->memory_dir);
}

/* What a file is made of. */
struct content {
	int (*put)(FILE *f, const json_t *value);
	const json_t *value;
};

static int write_content(int fd, void *arg)
{
	const struct content *c = arg;
	FILE *f = fdopen(dup(fd), "w");
	int ret;

	if (!f)
		return -errno;
	ret = c->put(f, c->value);
	if (fflush(f) == EOF && ret == 0)
		ret = -errno;
	if (ferror(f) && ret == 0)
		ret = -EIO;
	fclose(f);
	return ret;
}

static int write_to_stick(struct store *s, const char *name, bool in_memory,
			  struct content *content)
{
	return in_memory ? util_copy_durably(s->memory_dir, s->stick_dir, name, UINT64_MAX)
			 : util_write_durably_by(s->stick_dir, name, write_content, content);
}

static void add_missing(struct store *s, const char *name, int err)
{
	const size_t used = strlen(s->missing);

	log_error("THE STICK FAILS: %s is not on it: %s", name, strerror(-err));
	if (!strstr(s->missing, name))
		util_format(s->missing + used, sizeof(s->missing) - used, "%s%s (%s)",
			    used > 0 ? ", " : "", name, strerror(-err));
}

int store_write(struct store *s, const char *name, int (*put)(FILE *f, const json_t *value),
		const json_t *value)
{
	struct content content = { put, value };
	int ret = -EBADF, stick;

	if (s->memory_dir >= 0)
		ret = util_write_durably_by(s->memory_dir, name, write_content, &content);
	if (ret < 0 && s->memory_dir >= 0)
		unlinkat(s->memory_dir, name, 0); /* an older one is not it */
	if (s->stick_dir < 0 || strstr(s->missing, name))
		return ret; /* what the stick has not taken once is said to be missing */
	stick = write_to_stick(s, name, ret == 0, &content);
	if (stick == -ENOSPC && util_remove_durably(s->stick_dir, name) == 0) /* an older one */
		stick = write_to_stick(s, name, ret == 0, &content);
	if (stick < 0)
		add_missing(s, name, stick);
	return stick == 0 ? 0 : ret;
}

void store_release(struct store *s)
{
	if (s->stick_dir >= 0)
		reserve_give_back(s->stick_dir);
}

void store_describe(const struct store *s, char *buf, size_t size)
{
	if (s->stick_dir >= 0 && s->missing[0])
		util_format(buf, size, "%s on the stick, without %s", s->folder, s->missing);
	else if (s->stick_dir >= 0)
		util_format(buf, size, "%s on the stick", s->folder);
	else if (s->folder[0])
		util_format(buf, size,
			    "/" STORE_MEMORY " (in memory; of %s the stick has the journal's "
			    "beginning at most)",
			    s->folder);
	else
		util_format(buf, size, "/" STORE_MEMORY " (in memory, no stick)");
}
