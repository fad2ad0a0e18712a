/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the tables of /proc/net: "sl: ADDRESS:PORT ADDRESS:PORT STATE ...", all hexadecimal. */
#include "sys/sockets.h"

#include <errno.h>
#include <string.h>
#include "base/sysroot.h"

#define STATE_LISTEN 0x0a /* TCP_LISTEN */
#define STATE_CLOSE 0x07 /* TCP_CLOSE: in other tables, without a peer */

struct table {
	const char *file;
	bool any; /* every entry counts */
	uint64_t state; /* else those of this one */
};

struct count {
	const struct table *table;
	char *text;
	size_t size;
	int n;
};

static bool take_socket(char *line, void *arg)
{
	struct count *c = arg;
	char *save = NULL, *word = strtok_r(line, " ", &save), *local, *port;
	uint64_t number, state;
	size_t len = strlen(c->text);

	/* The first line has the names of the columns. */
	if (!word || !strchr(word, ':'))
		return true;
	local = strtok_r(NULL, " ", &save);
	(void)strtok_r(NULL, " ", &save);
	word = strtok_r(NULL, " ", &save);
	port = local ? strrchr(local, ':') : NULL;
	if (!port || !word || util_parse_u64(port + 1, 16, UINT16_MAX, &number) < 0 ||
	    util_parse_u64(word, 16, UINT8_MAX, &state) < 0 ||
	    (!c->table->any && state != c->table->state))
		return true;
	c->n++;
	util_format(c->text + len, c->size - len, "%s%s port %u", len > 0 ? ", " : "",
		    c->table->file, (unsigned int)number);
	return true;
}

int sockets_count_open(const struct sysroot *root, char *text, size_t size)
{
	static const struct table tables[] = {
		{ "tcp", false, STATE_LISTEN },
		{ "tcp6", false, STATE_LISTEN },
		{ "udp", false, STATE_CLOSE },
		{ "udp6", false, STATE_CLOSE },
		{ "udplite", false, STATE_CLOSE },
		{ "udplite6", false, STATE_CLOSE },
		{ "raw", true, 0 },
		{ "raw6", true, 0 },
	};
	struct count c = { .text = text, .size = size };
	size_t i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		int ret;

		c.table = &tables[i];
		ret = sysroot_each_line(root, take_socket, &c, "proc/net/%s", tables[i].file);
		/* A kernel without IPv6 has no tables of it. */
		if (ret < 0 && (ret != -ENOENT || i == 0))
			return ret;
	}
	return c.n;
}
