/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings of where reports are sent to, and of the port that they go through. Rows of the
 * table in settings.c refer to the functions.
 */
#ifndef VFPROOF_MODEL_SETTINGS_SINK_H
#define VFPROOF_MODEL_SETTINGS_SINK_H

#include <jansson.h>
#include "base/util.h"

#define SINK_MAX 4
#define SINK_URL_SIZE 512

enum sink_kind { SINK_DIR, SINK_HTTP, SINK_HTTPS, SINK_TFTP };

struct sink {
	enum sink_kind kind;
	char target[SINK_URL_SIZE]; /* URL, which may have a password in it; or a directory's name
				     */
};

struct sink_settings {
	struct sink list[SINK_MAX];
	unsigned int n;
	bool post; /* HTTP's POST, not its PUT */
	char auth[256]; /* USER:PASSWORD or bearer:TOKEN, a secret; "": none */
};

/* IPv4 only. */
struct mgmt_settings {
	char port[32]; /* "BOOTIF", a MAC address or a PCI address */
	bool dhcp; /* else address and prefix_len are given */
	char address[16], gateway[16], dns[16]; /* "": none */
	unsigned int prefix_len;
	unsigned int vlan; /* 0: none */
};

/* TARGET[,TARGET...]. Returns 0, or -EINVAL with @s unchanged. */
int sink_settings_parse(struct sink_settings *s, const char *value) must_check;
/* As it may be shown: without secrets. Caller owns the result. */
json_t *sink_settings_show(const struct sink_settings *s);
/* USER:PASSWORD or bearer:TOKEN. */
bool sink_is_auth(const char *text);

/* "dhcp" or ADDRESS/LENGTH. Returns 0, or -EINVAL with @m unchanged. */
int mgmt_settings_parse_ip(struct mgmt_settings *m, const char *value) must_check;
/* Caller owns the result. */
json_t *mgmt_settings_show_ip(const struct mgmt_settings *m);
/* "BOOTIF", a MAC address or a PCI address. */
bool mgmt_is_port(const char *text);
bool mgmt_is_ipv4(const char *text);

#endif
