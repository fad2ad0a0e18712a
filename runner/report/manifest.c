/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/manifest.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "journal/member.h"
#include "report/report.h"

#define HEAD "# vfproof manifest 1"
#define SIZE_MARK "# size "
#define LINE_SIZE 1024
#define HEX (SHA256_HEX - 1)

bool manifest_is_name(const char *name)
{
	size_t len = strlen(name), i;

	if (len == 0 || len >= MANIFEST_FILE_NAME || name[0] == '.' || name[0] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!isascii((unsigned char)name[i]) ||
		    (!isalnum((unsigned char)name[i]) && !strchr("._-", name[i])))
			return false;
	return true;
}

const struct manifest_file *manifest_find(const struct manifest *m, const char *name)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->files[i].name, name) == 0)
			return &m->files[i];
	return NULL;
}

int manifest_add(struct manifest *m, int dir, const char *name)
{
	struct manifest_file *f = &m->files[m->n];
	int ret;

	if (m->n == MANIFEST_FILES || !manifest_is_name(name) || manifest_find(m, name))
		return -EINVAL;
	ret = sha256_of_file(dir, name, MANIFEST_FILE_MAX, &f->size, f->sha256);
	if (ret < 0)
		return ret;
	util_strlcpy(f->name, sizeof(f->name), name);
	m->n++;
	return 0;
}

/* What is quoted of a manifest goes to a terminal. */
static int refuse(char *why, size_t size, unsigned int line, const char *what, const char *quoted)
{
	char shown[MANIFEST_FILE_NAME];

	util_strlcpy(shown, sizeof(shown), quoted);
	util_sanitise(shown);
	util_format(why, size, "line %u: %s%s%s", line, what, shown[0] ? ": " : "", shown);
	return -EBADMSG;
}

/* "SHA-256, two spaces or a space and "*", name", as sha256sum writes it. */
static int take_file(const char *line, unsigned int number, struct manifest *m, char *why,
		     size_t size)
{
	struct manifest_file *f = &m->files[m->n];
	const char *name = line + HEX + 2;

	if (strspn(line, "0123456789abcdef") != HEX || line[HEX] != ' ' ||
	    (line[HEX + 1] != ' ' && line[HEX + 1] != '*'))
		return refuse(why, size, number, "neither a comment nor a file", "");
	if (!manifest_is_name(name))
		return refuse(why, size, number, "not a name of a file in this folder", name);
	if (manifest_find(m, name))
		return refuse(why, size, number, "the name is there twice", name);
	if (m->n == MANIFEST_FILES)
		return refuse(why, size, number, "there are too many files", "");
	util_strlcpy(f->name, sizeof(f->name), name);
	util_format(f->sha256, sizeof(f->sha256), "%.*s", HEX, line);
	f->size = UINT64_MAX;
	m->n++;
	return 0;
}

/* "# size BYTES NAME" follows its file; whatever else it is is a comment. */
static void take_size(char *line, struct manifest *m)
{
	char *number = line + strlen(SIZE_MARK), *name = strchr(number, ' ');
	struct manifest_file *f = m->n > 0 ? &m->files[m->n - 1] : NULL;
	uint64_t bytes;

	if (!name || !f)
		return;
	*name++ = '\0';
	if (strcmp(f->name, name) == 0 && util_parse_u64(number, 10, UINT64_MAX - 1, &bytes) == 0)
		f->size = bytes;
}

int manifest_parse(const char *text, struct manifest *m, char *why, size_t size)
{
	unsigned int number = 0;

	m->n = 0;
	why[0] = '\0';
	while (*text) {
		const size_t len = strcspn(text, "\n");
		char line[LINE_SIZE];
		int ret = 0;

		number++;
		if (len >= sizeof(line))
			return refuse(why, size, number, "the line is too long", "");
		util_format(line, sizeof(line), "%.*s", (int)len, text);
		text += len + (text[len] == '\n');
		if (number == 1 && strcmp(line, HEAD) != 0)
			return refuse(why, size, number, "this is no manifest of vfproof", "");
		if (strncmp(line, SIZE_MARK, strlen(SIZE_MARK)) == 0)
			take_size(line, m);
		else if (line[0] != '#')
			ret = take_file(line, number, m, why, size);
		if (ret < 0)
			return ret;
	}
	return number == 0 ? refuse(why, size, 0, "it is empty", "") : 0;
}

/* One line, whatever is in the text. */
static void put(const char *what, const char *text, void *file)
{
	char line[LINE_SIZE - 64];

	if (!text[0])
		return;
	util_strlcpy(line, sizeof(line), text);
	util_sanitise(line);
	fprintf(file, "# %s: %s\n", what, line);
}

static void put_files(FILE *f, const struct manifest *m)
{
	unsigned int i;

	for (i = 0; i < m->n; i++)
		fprintf(f, "%s  %s\n" SIZE_MARK "%llu %s\n", m->files[i].sha256, m->files[i].name,
			(unsigned long long)m->files[i].size, m->files[i].name);
}

/* @report: NULL for none. */
static void put_all(FILE *f, const struct manifest *m, const json_t *report)
{
	char result[256];

	fputs(HEAD "\n", f);
	if (!report) {
		put_files(f, m);
		return;
	}
	report_to_result_line(report, result, sizeof(result));
	put("Program", member_text(json_object_get(report, "build"), "revision"), f);
	put("Host", member_text(json_object_get(report, "host"), "serial"), f);
	put("Kernel", member_text(json_object_get(report, "host"), "kernel"), f);
	put("Started", member_text(report, "started"), f);
	put("Finished", member_text(report, "finished"), f);
	put("Result", result, f);
	report_each_boot_fact(report, put, f);
	put_files(f, m);
}

char *manifest_format_plain(const struct manifest *m)
{
	return manifest_format(m, NULL);
}

char *manifest_format(const struct manifest *m, const json_t *report)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	bool failed;

	if (!f)
		return NULL;
	put_all(f, m, report);
	failed = ferror(f);
	failed |= fclose(f) == EOF;
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
}
