/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the list of what the image does not have. */
#include "sys/left_out.h"

#include <errno.h>
#include <string.h>

#include "base/sysroot.h"

#define MAX_LIST (1u << 20)
#define MAX_LINE 512

/* A line: its first two words, and what follows them. */
struct line {
	char key[16], name[56];
	const char *rest;
	char text[MAX_LINE];
};

static const char *take_word(char *to, size_t size, const char *p)
{
	size_t len = strcspn(p, " ");

	util_format(to, size, "%.*s", (int)len, p);
	return p + len + strspn(p + len, " ");
}

/* Copies the line at *@p and moves *@p behind it. False at the end of the text. */
static bool next_line(const char **p, struct line *l)
{
	size_t len = strcspn(*p, "\n");

	if (!**p)
		return false;
	util_format(l->text, sizeof(l->text), "%.*s", (int)len, *p);
	*p += len + ((*p)[len] == '\n');
	l->rest = take_word(l->name, sizeof(l->name), take_word(l->key, sizeof(l->key), l->text));
	return true;
}

static void add_file(struct left_out *out, const char *folder, const char *name, const char *end)
{
	size_t used = strlen(out->files);

	util_format(out->files + used, sizeof(out->files) - used, "%s%s/%s%s", used ? ", " : "",
		    folder, name, end);
}

/* The modules of a line, the driver itself last. */
static void add_modules(struct left_out *out, const struct line *l)
{
	char size[24], name[56];
	const char *p = take_word(size, sizeof(size), l->rest);

	while (*p) {
		p = take_word(name, sizeof(name), p);
		add_file(out, "modules", name, ".ko");
	}
	add_file(out, "modules", l->name, ".ko");
}

static bool find_alias(const char *text, const char *modalias, struct left_out *out)
{
	struct line l;

	while (next_line(&text, &l))
		if (strcmp(l.key, "alias") == 0 && util_glob(l.rest, modalias))
			return util_strlcpy(out->module, sizeof(out->module), l.name);
	return false;
}

/* The list, to be freed, and an empty answer. */
static int read_list(const struct sysroot *root, char **text, struct left_out *out)
{
	size_t len;

	*out = (struct left_out){ 0 };
	return sysroot_slurp(root, text, &len, MAX_LIST, LEFT_OUT_LIST);
}

int left_out_driver(const struct sysroot *root, const char *modalias, struct left_out *out)
{
	_cleanup_free_ char *text = NULL;
	const char *p;
	struct line l;
	int ret = read_list(root, &text, out);

	if (ret < 0)
		return ret;
	if (!find_alias(text, modalias, out))
		return -ENOENT;
	for (p = text; next_line(&p, &l);) {
		if (strcmp(l.name, out->module) != 0)
			continue;
		if (strcmp(l.key, "module") == 0)
			add_modules(out, &l);
		else if (strcmp(l.key, "why") == 0)
			util_strlcpy(out->why, sizeof(out->why), l.rest);
		else if (strcmp(l.key, "firmware") == 0)
			add_file(out, "firmware", l.rest, "");
	}
	return 0;
}

int left_out_firmware(const struct sysroot *root, const char *module, struct left_out *out)
{
	_cleanup_free_ char *text = NULL;
	char file[160];
	const char *p;
	struct line l;
	int ret = read_list(root, &text, out);

	if (ret < 0)
		return ret;
	for (p = text; next_line(&p, &l);) {
		if (strcmp(l.key, "lacks") != 0 || strcmp(l.name, module) != 0)
			continue;
		util_strlcpy(out->module, sizeof(out->module), module);
		util_strlcpy(out->why, sizeof(out->why), take_word(file, sizeof(file), l.rest));
		add_file(out, "firmware", file, "");
		return 0;
	}
	return -ENOENT;
}
