/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Levels and the areas of cases that they are made of. */
#include "model/level.h"

#include <string.h>

static const char *const names[LEVEL_COUNT] = {
	[LEVEL_BASE] = "base",		 [LEVEL_GUESTS] = "guests",
	[LEVEL_NETWORK] = "network",	 [LEVEL_ISOLATION] = "isolation",
	[LEVEL_ENDURANCE] = "endurance",
};

static const struct {
	const char *area; /* what ids begin with, up to "_" */
	enum level level;
} areas[] = {
	{ "host", LEVEL_BASE },	    { "nic", LEVEL_BASE },	{ "vf", LEVEL_BASE },
	{ "assign", LEVEL_GUESTS }, { "plug", LEVEL_GUESTS },	{ "neg", LEVEL_GUESTS },
	{ "run", LEVEL_GUESTS },    { "tap", LEVEL_NETWORK },	{ "cfg", LEVEL_NETWORK },
	{ "net", LEVEL_NETWORK },   { "iso", LEVEL_ISOLATION },
};

const char *level_name(enum level level)
{
	return level < LEVEL_COUNT ? names[level] : "";
}

enum level level_parse(const char *name)
{
	enum level level = LEVEL_BASE;

	while (level < LEVEL_COUNT && strcmp(names[level], name) != 0)
		level++;
	return level;
}

const char *level_area(size_t i)
{
	return i < ARRAY_SIZE(areas) ? areas[i].area : NULL;
}

enum level level_of_case(const struct case_def *def)
{
	const size_t len = strcspn(def->id, "_");

	if (def->set == SET_SOAK)
		return LEVEL_ENDURANCE;
	for (size_t i = 0; i < ARRAY_SIZE(areas); i++)
		if (strlen(areas[i].area) == len && strncmp(areas[i].area, def->id, len) == 0)
			return areas[i].level;
	return LEVEL_COUNT;
}
