/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The yardstick of scripts/bench/report: reads JSON lines with the library that the runner uses,
 * and writes each again.
 */
#include <jansson.h>

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	json_t *value;

	if (!f)
		return 3;
	while ((value = json_loadf(f, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, NULL))) {
		if (json_dumpf(value, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) < 0)
			return 3;
		putchar('\n');
		json_decref(value);
	}
	fclose(f);
	return 0;
}
