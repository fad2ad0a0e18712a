/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: JSON lines, each on the disk before what it announces is done.
 */
#include "journal/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/log.h"
#include "journal/member.h"

#define ROOM (256 << 10) /* set aside at a time */
#define BUFFER_SIZE (2u * JOURNAL_MAX_LINE) /* what is left of one line, and the next */

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

int journal_format(const struct chain *chain, const char *ev, json_t *obj, char **line, size_t *len)
{
	_cleanup_free_ char *text = NULL;

	/* A caller's member of that name would be in the sum's place. */
	json_object_del(obj, "sum");
	if (json_object_set_new(obj, "ev", json_string(ev)) == 0 &&
	    json_object_set_new(obj, "t_ms", json_integer((json_int_t)util_now_ms())) == 0)
		text = json_dumps(obj, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(obj);
	if (!text)
		return -ENOMEM;
	*len = strlen(text);
	if (chain->version != 1 && chain_seal(chain, &text, len) < 0)
		return -ENOMEM;
	if (*len >= JOURNAL_MAX_LINE)
		return -EMSGSIZE;
	text[(*len)++] = '\n'; /* in place of the NUL: one write for the whole line */
	*line = util_take_ptr(text);
	return 0;
}

int journal_format_head(const struct chain *chain, char **line, size_t *len)
{
	return journal_format(chain, CHAIN_HEAD, json_pack("{s:i}", "version", CHAIN_VERSION), line,
			      len);
}

/*
 * FAT writes a file's size and its chain of clusters to different places. A power cut between the
 * two leaves a file that is longer than its chain, and the kernel then takes the file system as
 * damaged. So clusters are set aside, and are on the disk, before lines come into them. File
 * systems that cannot do that, and full ones, go on as they are.
 */
static void keep_room(struct journal *j, off_t end)
{
	if (end <= j->room)
		return;
	j->room = end + ROOM;
	if (fallocate(j->fd, FALLOC_FL_KEEP_SIZE, 0, j->room) == 0 && fsync(j->fd) < 0)
		log_debug("the journal's space is not on the disk: %s", strerror(errno));
}

void journal_trim(int dirfd)
{
	_cleanup_close_ int fd =
		openat(dirfd, JOURNAL_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	if (ftruncate(fd, st.st_size) < 0 || fsync(fd) < 0)
		log_debug("the journal's space is not given back: %s", strerror(errno));
}

int journal_write(struct journal *j, const char *line, size_t len)
{
	const off_t end = lseek(j->fd, 0, SEEK_END);
	struct chain_sum sum;
	int ret;

	keep_room(j, end + (off_t)len);
	ret = util_write_all(j->fd, line, len);
	if (ret < 0) {
		/* Half a line is of no use, and in the way of the next. */
		if (end >= 0 && ftruncate(j->fd, end) < 0)
			log_debug("the end of a line stays in the journal");
		return ret;
	}
	if (fsync(j->fd) < 0)
		return -errno;
	j->chain.begun = true;
	if (chain_parse(line, len - 1, &sum))
		j->chain.last = sum.own;
	return 0;
}

void journal_note(int (*append)(void *to, const char *ev, json_t *obj), void *to, bool incomplete,
		  const char *fmt, va_list args)
{
	json_t *note = json_object();
	char text[512];

	vsnprintf(text, sizeof(text), fmt, args);
	util_sanitise(text);
	member_set_text(note, "text", text);
	member_set_flag(note, "incomplete", incomplete);
	if (append(to, "note", note) < 0)
		log_error("not in the journal: %s", text);
}

/* An event, or NULL if the line is not one. */
static json_t *parse_line(const char *line, size_t len)
{
	json_t *obj;

	if (len >= JOURNAL_MAX_LINE)
		return NULL;
	obj = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (obj && json_is_object(obj) && json_is_string(json_object_get(obj, "ev")))
		return obj;
	json_decref(obj);
	return NULL;
}

/* Where the events of a journal go. */
struct reader {
	void (*take)(json_t *event, void *arg);
	void *arg;
	struct journal_damage *damage;
	struct chain chain;
	uint64_t line; /* number of the line that is looked at, from 1 */
	bool whole; /* it began with the journal's first line */
	bool unsure; /* the line before was left out: what it was is not known */
};

static void __attribute__((format(printf, 2, 3))) add_damage(struct reader *r, const char *fmt, ...)
{
	struct journal_damage *d = r->damage;
	const size_t used = strlen(d->where), room = sizeof(d->where) - used;
	va_list args;
	int n;

	if (d->lines < UINT_MAX)
		d->lines++;
	if (room < 48) {
		if (used > 0 && d->where[used - 1] != '.')
			util_strlcpy(d->where + used, room, " ...");
		return;
	}
	if (used > 0)
		util_strlcpy(d->where + used, room, ", ");
	va_start(args, fmt);
	n = vsnprintf(d->where + strlen(d->where), sizeof(d->where) - strlen(d->where), fmt, args);
	va_end(args);
	(void)n;
}

/* Whether the line with that sum is the next one; what is missing before it is noted. */
static bool follows(struct reader *r, const struct chain_sum *sum)
{
	struct chain *c = &r->chain;

	if (c->version == CHAIN_VERSION && c->begun && sum->id != c->id)
		return false;
	if (c->version == 1 || (!r->unsure && (c->begun || r->whole) && sum->before != c->last))
		add_damage(r, "lines before line %llu", (unsigned long long)r->line);
	*c = (struct chain){ CHAIN_VERSION, sum->id, sum->own, true };
	return true;
}

static bool is_head(const json_t *event)
{
	return strcmp(member_text(event, "ev"), CHAIN_HEAD) == 0;
}

static void take_line(struct reader *r, const char *line, size_t len)
{
	struct chain_sum sum;
	const bool sealed = chain_parse(line, len, &sum);
	json_t *event;
	bool good;

	r->line++;
	if (len == 0)
		return;
	event = parse_line(line, len);
	if (sealed) {
		good = event && sum.intact && follows(r, &sum);
	} else {
		/* That a journal has no sums is said by its first line, and holds for all. */
		good = event && r->chain.version != CHAIN_VERSION && !is_head(event);
		if (good)
			r->chain = (struct chain){ .version = 1, .begun = true };
	}
	if (!good)
		add_damage(r, "line %llu", (unsigned long long)r->line);
	r->unsure = !good;
	if (good) {
		json_object_del(event, "sum");
		if (!is_head(event))
			r->take(event, r->arg);
	}
	json_decref(event);
}

/* Takes the whole lines. Returns how many bytes are behind the last of them. */
static size_t take_lines(struct reader *r, const char *text, size_t len)
{
	const char *end = text + len, *eol;

	while (text < end && (eol = memchr(text, '\n', (size_t)(end - text)))) {
		take_line(r, text, (size_t)(eol - text));
		text = eol + 1;
	}
	return (size_t)(end - text);
}

void journal_scan(const char *text, size_t len, void (*take)(json_t *event, void *arg), void *arg,
		  struct journal_damage *damage)
{
	struct reader r = { .take = take, .arg = arg, .damage = damage };

	*damage = (struct journal_damage){ 0 };
	/* A line without its end was cut off, even if what is there can be read. */
	damage->cut = take_lines(&r, text, len < JOURNAL_MAX_SIZE ? len : JOURNAL_MAX_SIZE) > 0;
	if (damage->cut)
		add_damage(&r, "line %llu", (unsigned long long)r.line + 1);
	if (len > JOURNAL_MAX_SIZE)
		add_damage(&r, "all behind %u MB", JOURNAL_MAX_SIZE >> 20);
}

/* Reads on into @buf, in which there are @have bytes. Returns the length, 0 at the end, -errno. */
static ssize_t read_piece(int fd, char *buf, size_t have, uint64_t *total)
{
	size_t room = BUFFER_SIZE - have;
	ssize_t n;

	if (room > JOURNAL_MAX_SIZE - *total)
		room = JOURNAL_MAX_SIZE - *total;
	n = util_read_all(fd, buf + have, room);
	if (n > 0)
		*total += (uint64_t)n;
	return n;
}

static int read_lines(struct reader *r, int fd, char *buf)
{
	uint64_t total = 0;
	size_t have = 0;
	bool endless = false; /* within a line that is longer than any event */
	ssize_t n;
	char more;

	while ((n = read_piece(fd, buf, have, &total)) > 0) {
		const size_t len = have + (size_t)n;
		const char *eol = endless ? memchr(buf, '\n', len) : NULL;
		const size_t skip = eol ? (size_t)(eol + 1 - buf) : endless ? len : 0;

		endless &= !eol;
		have = take_lines(r, buf + skip, len - skip);
		memmove(buf, buf + len - have, have);
		if (have < JOURNAL_MAX_LINE)
			continue;
		add_damage(r, "line %llu", (unsigned long long)++r->line);
		r->unsure = true;
		endless = true;
		have = 0;
	}
	if (n < 0)
		return (int)n;
	r->damage->cut = have > 0;
	if (have > 0)
		add_damage(r, "line %llu", (unsigned long long)r->line + 1);
	if (util_read_all(fd, &more, 1) == 1) {
		log_error("the journal is longer than %u MB: what comes behind is not read",
			  JOURNAL_MAX_SIZE >> 20);
		add_damage(r, "all behind %u MB", JOURNAL_MAX_SIZE >> 20);
	}
	return 0;
}

/* Reads the file of @fd, from where it is on. */
static int read_file(struct reader *r, int fd)
{
	_cleanup_free_ char *buf = NULL;
	struct stat st;

	*r->damage = (struct journal_damage){ 0 };
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	buf = malloc(BUFFER_SIZE);
	return buf ? read_lines(r, fd, buf) : -ENOMEM;
}

int journal_read(int dirfd, const char *path, void (*take)(json_t *event, void *arg), void *arg,
		 struct journal_damage *damage)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct reader r = { .take = take, .arg = arg, .damage = damage, .whole = true };

	return read_file(&r, fd);
}

static void take_nothing(json_t *event, void *arg)
{
	(void)event;
	(void)arg;
}

/* How the journal that is in the file goes on. */
static int read_chain(int fd, struct chain *chain)
{
	struct journal_damage damage;
	struct reader r = { .take = take_nothing, .damage = &damage, .whole = true };
	int ret = read_file(&r, fd);

	if (ret == 0 && r.chain.version != 0)
		*chain = r.chain;
	return ret;
}

static int close_cut_line(struct journal *j)
{
	_cleanup_free_ char *line = NULL;
	size_t len;
	int ret = util_write_all(j->fd, "\n", 1);

	if (ret == 0)
		ret = journal_format(&j->chain, "cut", json_object(), &line, &len);
	return ret < 0 ? ret : journal_write(j, line, len);
}

int journal_open(struct journal *j, int dirfd)
{
	_cleanup_close_ int fd = openat(dirfd, JOURNAL_NAME,
					O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
	struct stat st;
	char last = '\n';
	int ret = 0;

	j->fd = -1;
	j->room = 0;
	chain_begin(&j->chain);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) != 1)
		return -EIO;
	ret = read_chain(fd, &j->chain);
	if (ret < 0)
		return ret;
	if (fsync(fd) < 0 || fsync(dirfd) < 0)
		return -errno;
	j->fd = util_take_fd(&fd);
	if (last != '\n')
		ret = close_cut_line(j);
	if (ret < 0)
		journal_close(j);
	return ret;
}

/* An array of events that is NULL as soon as one could not be added. */
struct events {
	json_t *array;
};

static void append_event(json_t *event, void *arg)
{
	struct events *events = arg;

	if (events->array && json_array_append(events->array, event) < 0) {
		json_decref(events->array);
		events->array = NULL;
	}
}

static void append_outline(json_t *event, void *arg)
{
	static const char *const found[] = { "evidence", "kernel_log", "console", "also" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(found); i++)
		json_object_del(event, found[i]);
	append_event(event, arg);
}

json_t *journal_outline(int dirfd)
{
	_cleanup_close_ int fd =
		openat(dirfd, JOURNAL_NAME, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct events events = { json_array() };
	struct journal_damage damage;
	struct reader r = {
		.take = append_outline, .arg = &events, .damage = &damage, .whole = true
	};

	if (read_file(&r, fd) == 0)
		return events.array;
	json_decref(events.array);
	return NULL;
}

const json_t *journal_first(const json_t *events, const char *ev)
{
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (strcmp(member_text(event, "ev"), ev) == 0)
			return event;
	return NULL;
}

bool journal_is_unfinished(const json_t *events)
{
	bool begun = false;
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event) {
		const char *ev = member_text(event, "ev");

		if (strcmp(ev, "finish") == 0)
			return false;
		if (strcmp(ev, "start") == 0)
			begun = true;
	}
	return begun;
}
