/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of sinks and of the management port: what is allowed, and how it is shown.
 */
#include "model/settings_sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include "base/secret.h"
#include "model/settings.h"
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

int settings_parse_sink(struct settings *s, const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	struct sink_settings parsed = s->sinks;
	char *rest = copy, *word;

	parsed.n = 0;
	while (rest && (word = strsep(&rest, ",")))
		if (parsed.n == SINK_MAX || parse_one(&parsed.list[parsed.n++], word) < 0)
			return -EINVAL;
	if (parsed.n == 0)
		return -EINVAL;
	s->sinks = parsed;
	return 0;
}

json_t *settings_show_sink(const struct settings *s)
{
	char text[SINK_MAX * (SINK_URL_SIZE + 8)] = "";
	unsigned int i;

	for (i = 0; i < s->sinks.n; i++) {
		const struct sink *sink = &s->sinks.list[i];
		char one[SINK_URL_SIZE + 8];
		size_t len = strlen(text);

		secret_hide_value("sink", sink->target, one, sizeof(one));
		util_format(text + len, sizeof(text) - len, "%s%s%s", i ? "," : "",
			    sink->kind == SINK_DIR ? "dir:" : "", one);
	}
	return json_string(text);
}

int settings_parse_sink_method(struct settings *s, const char *value)
{
	s->sinks.post = strcmp(value, "post") == 0;
	return s->sinks.post || strcmp(value, "put") == 0 ? 0 : -EINVAL;
}

json_t *settings_show_sink_method(const struct settings *s)
{
	return json_string(s->sinks.post ? "post" : "put");
}

int settings_parse_sink_auth(struct settings *s, const char *value)
{
	const char *colon = strchr(value, ':'), *p;

	for (p = value; *p; p++)
		if (*p < ' ' || *p > '~')
			return -EINVAL;
	if (!colon || colon == value || colon[1] == '\0' || strlen(value) >= sizeof(s->sinks.auth))
		return -EINVAL;
	util_strlcpy(s->sinks.auth, sizeof(s->sinks.auth), value);
	return 0;
}

json_t *settings_show_sink_auth(const struct settings *s)
{
	return json_string(s->sinks.auth[0] ? SECRET_MARK : "");
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

int settings_parse_mgmt(struct settings *s, const char *value)
{
	struct pci_addr addr;

	if (strcmp(value, "BOOTIF") != 0 && !is_mac(value) && pci_addr_parse(value, &addr) < 0)
		return -EINVAL;
	return util_strlcpy(s->mgmt.port, sizeof(s->mgmt.port), value) ? 0 : -EINVAL;
}

json_t *settings_show_mgmt(const struct settings *s)
{
	return json_string(s->mgmt.port);
}

static int parse_ipv4(const char *value, char *buf, size_t size)
{
	struct in_addr addr;

	if (strlen(value) >= size || inet_pton(AF_INET, value, &addr) != 1)
		return -EINVAL;
	util_strlcpy(buf, size, value);
	return 0;
}

int settings_parse_mgmt_ip(struct settings *s, const char *value)
{
	const char *slash = strchr(value, '/');
	char address[16];
	uint64_t len;

	if (strcmp(value, "dhcp") == 0) {
		s->mgmt.dhcp = true;
		return 0;
	}
	if (!slash || (size_t)(slash - value) >= sizeof(address) ||
	    util_parse_u64(slash + 1, 10, 32, &len) < 0 || strchr(slash, '\n') || len == 0)
		return -EINVAL;
	memcpy(address, value, (size_t)(slash - value));
	address[slash - value] = '\0';
	if (parse_ipv4(address, s->mgmt.address, sizeof(s->mgmt.address)) < 0)
		return -EINVAL;
	s->mgmt.dhcp = false;
	s->mgmt.prefix_len = (unsigned int)len;
	return 0;
}

json_t *settings_show_mgmt_ip(const struct settings *s)
{
	return s->mgmt.dhcp ? json_string("dhcp")
			    : json_sprintf("%s/%u", s->mgmt.address, s->mgmt.prefix_len);
}

int settings_parse_mgmt_gateway(struct settings *s, const char *value)
{
	return parse_ipv4(value, s->mgmt.gateway, sizeof(s->mgmt.gateway));
}

json_t *settings_show_mgmt_gateway(const struct settings *s)
{
	return json_string(s->mgmt.gateway);
}

int settings_parse_mgmt_dns(struct settings *s, const char *value)
{
	return parse_ipv4(value, s->mgmt.dns, sizeof(s->mgmt.dns));
}

json_t *settings_show_mgmt_dns(const struct settings *s)
{
	return json_string(s->mgmt.dns);
}

int settings_parse_mgmt_vlan(struct settings *s, const char *value)
{
	uint64_t id;

	if (strchr(value, '\n') || util_parse_u64(value, 10, 4094, &id) < 0)
		return -EINVAL;
	s->mgmt.vlan = (unsigned int)id;
	return 0;
}

json_t *settings_show_mgmt_vlan(const struct settings *s)
{
	return json_integer(s->mgmt.vlan);
}
