// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "faults.h"

static const struct {
	const char *name;
	uint64_t number;
	const char *text;
} table[] = {
#define FAULT_ROW(id, name, number, text) { #name, number, text },
	FAULTS(FAULT_ROW)
#undef FAULT_ROW
};

const char *fault_name(unsigned int fault)
{
	return fault < FAULT_COUNT ? table[fault].name : NULL;
}

const char *fault_text(unsigned int fault)
{
	return fault < FAULT_COUNT ? table[fault].text : NULL;
}

/* A fault and its number, @len bytes at @text. */
static bool parse_one(struct faults *faults, const char *text, size_t len, char *error, size_t size)
{
	const char *colon = memchr(text, ':', len);
	size_t name = colon ? (size_t)(colon - text) : len;
	unsigned int i;
	char *end;

	for (i = 0; i < FAULT_COUNT; i++)
		if (strlen(table[i].name) == name && !memcmp(table[i].name, text, name))
			break;
	if (i == FAULT_COUNT) {
		snprintf(error, size, "there is no fault '%.*s'", (int)name, text);
		return false;
	}
	faults->of[i].number = table[i].number;
	if (colon) {
		faults->of[i].number = strtoull(colon + 1, &end, 10);
		if (end == colon + 1 || end != text + len) {
			snprintf(error, size, "'%.*s' is not a fault and a number", (int)len, text);
			return false;
		}
	}
	faults->of[i].asked = true;
	return true;
}

bool faults_parse(struct faults *faults, const char *text, char *error, size_t size)
{
	memset(faults, 0, sizeof(*faults));
	while (text && *text) {
		size_t len = strcspn(text, ",+");

		if (!parse_one(faults, text, len, error, size))
			return false;
		text += len + (text[len] != '\0');
	}
	return true;
}

bool fault_has(const struct faults *faults, enum fault fault)
{
	return faults->of[fault].asked;
}

uint64_t fault_number(const struct faults *faults, enum fault fault)
{
	return faults->of[fault].number;
}

bool fault_due(struct faults *faults, enum fault fault)
{
	if (!faults->of[fault].asked)
		return false;
	return faults->of[fault].seen++ >= faults->of[fault].number;
}

bool fault_nth(struct faults *faults, enum fault fault)
{
	if (!faults->of[fault].asked || !faults->of[fault].number)
		return false;
	return ++faults->of[fault].seen % faults->of[fault].number == 0;
}
