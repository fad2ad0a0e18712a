/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings of where reports are sent to, and of the port that they go through. The parsers are
 * rows of the table in settings.c.
 */
#ifndef VFPROOF_MODEL_SETTINGS_SINK_H
#define VFPROOF_MODEL_SETTINGS_SINK_H

#include <jansson.h>
#include "base/util.h"

#define SINK_MAX 4
#define SINK_URL_SIZE 512

struct settings;

enum sink_kind { SINK_DIR, SINK_HTTP, SINK_HTTPS, SINK_TFTP };

struct sink {
	enum sink_kind kind;
	char target[SINK_URL_SIZE]; /* URL, which may have a password in it; or a directory's name
				     */
};

struct sink_settings {
	struct sink list[SINK_MAX]; /* sink=TARGET[,TARGET...], default none */
	unsigned int n;
	bool post; /* sink_method=put|post, default put */
	char auth[256]; /* sink_auth=USER:PASSWORD|bearer:TOKEN: a secret */
};

/* IPv4 only. */
struct mgmt_settings {
	char port[32]; /* mgmt=BOOTIF|MAC|PCI ADDRESS, default BOOTIF */
	bool dhcp; /* mgmt_ip=dhcp|ADDRESS/LENGTH, default dhcp */
	char address[16], gateway[16], dns[16]; /* "": none */
	unsigned int prefix_len;
	unsigned int vlan; /* 0: none */
};

int settings_parse_sink(struct settings *s, const char *value);
int settings_parse_sink_method(struct settings *s, const char *value);
int settings_parse_sink_auth(struct settings *s, const char *value);
int settings_parse_mgmt(struct settings *s, const char *value);
int settings_parse_mgmt_ip(struct settings *s, const char *value);
int settings_parse_mgmt_gateway(struct settings *s, const char *value);
int settings_parse_mgmt_dns(struct settings *s, const char *value);
int settings_parse_mgmt_vlan(struct settings *s, const char *value);

/* As they may be shown: without secrets. */
json_t *settings_show_sink(const struct settings *s);
json_t *settings_show_sink_method(const struct settings *s);
json_t *settings_show_sink_auth(const struct settings *s);
json_t *settings_show_mgmt(const struct settings *s);
json_t *settings_show_mgmt_ip(const struct settings *s);
json_t *settings_show_mgmt_gateway(const struct settings *s);
json_t *settings_show_mgmt_dns(const struct settings *s);
json_t *settings_show_mgmt_vlan(const struct settings *s);

#endif
