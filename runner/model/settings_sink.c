/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of sinks and of the management port: what is allowed, and how it is shown.
 */
#include "model/settings_sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "base/secret.h"
#include "sys/pci_addr.h"

static const struct {
	const char *prefix;
	enum sink_kind kind;
} kinds[] = {
	{ "http://", SINK_HTTP },
	{ "https://", SINK_HTTPS },
	{ "tftp://", SINK_TFTP },
	{ "dir:", SINK_DIR },
};

/* A name that every file system takes, and that is no way out of the stick. */
static bool is_dir_name(const char *name)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-";

	return name[0] && strlen(name) <= 64 && name[strspn(name, chars)] == '\0';
}

/* What follows "SCHEME://": printable, and with a host in it. */
static bool is_location(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("\"\\<>{}|^`#", *p))
			return false;
	return text[strspn(text, "/?:@")] != '\0' && text[0] != '/';
}

static int parse_one(struct sink *sink, const char *text)
{
	size_t i, len = 0;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		len = strlen(kinds[i].prefix);
		if (strncmp(text, kinds[i].prefix, len) == 0)
			break;
	}
	if (i == ARRAY_SIZE(kinds))
		return -EINVAL;
	sink->kind = kinds[i].kind;
	if (sink->kind == SINK_DIR ? !is_dir_name(text + len) : !is_location(text + len))
		return -EINVAL;
	return util_strlcpy(sink->target, sizeof(sink->target),
			    sink->kind == SINK_DIR ? text + len : text)
		       ? 0
		       : -EINVAL;
}

int sink_settings_parse(struct sink_settings *s, const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	struct sink_settings parsed = *s;
	char *rest = copy, *word;

	parsed.n = 0;
	while (rest && (word = strsep(&rest, ",")))
		if (parsed.n == SINK_MAX || parse_one(&parsed.list[parsed.n++], word) < 0)
			return -EINVAL;
	if (parsed.n == 0)
		return -EINVAL;
	*s = parsed;
	return 0;
}

json_t *sink_settings_show(const struct sink_settings *s)
{
	char text[SINK_MAX * (SINK_URL_SIZE + 8)] = "";
	unsigned int i;

	for (i = 0; i < s->n; i++) {
		const struct sink *sink = &s->list[i];
		char one[SINK_URL_SIZE + 8];
		size_t len = strlen(text);

		secret_hide_value("sink", sink->target, one, sizeof(one));
		util_format(text + len, sizeof(text) - len, "%s%s%s", i ? "," : "",
			    sink->kind == SINK_DIR ? "dir:" : "", one);
	}
	return json_string(text);
}

bool sink_is_auth(const char *text)
{
	const char *colon = strchr(text, ':'), *p;

	for (p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return colon && colon != text && colon[1];
}

static bool is_mac(const char *text)
{
	size_t i;

	if (strlen(text) != 17)
		return false;
	for (i = 0; i < 17; i++)
		if (i % 3 == 2 ? text[i] != ':' : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	return true;
}

bool mgmt_is_port(const char *text)
{
	struct pci_addr addr;

	return strcmp(text, "BOOTIF") == 0 || is_mac(text) || pci_addr_parse(text, &addr) == 0;
}

bool mgmt_is_ipv4(const char *text)
{
	struct in_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1;
}

int mgmt_settings_parse_ip(struct mgmt_settings *m, const char *value)
{
	const char *slash = strchr(value, '/');
	char address[sizeof(m->address)];
	uint64_t len;

	if (strcmp(value, "dhcp") == 0) {
		m->dhcp = true;
		return 0;
	}
	if (!slash || (size_t)(slash - value) >= sizeof(address) || strchr(slash, '\n') ||
	    util_parse_u64(slash + 1, 10, 32, &len) < 0 || len == 0)
		return -EINVAL;
	memcpy(address, value, (size_t)(slash - value));
	address[slash - value] = '\0';
	if (!mgmt_is_ipv4(address))
		return -EINVAL;
	m->dhcp = false;
	m->prefix_len = (unsigned int)len;
	util_strlcpy(m->address, sizeof(m->address), address);
	return 0;
}

json_t *mgmt_settings_show_ip(const struct mgmt_settings *m)
{
	return m->dhcp ? json_string("dhcp") : json_sprintf("%s/%u", m->address, m->prefix_len);
}
