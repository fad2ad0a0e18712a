/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/verify_main.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/log.h"
#include "report/certify.h"
#include "report/verify.h"

/* How a folder is looked at. */
struct verify_options {
	const char *dir;
	const char *key; /* a public key's file, NULL: the one in the folder */
	const char
		*report; /* a certificate's: a report's file or folder, NULL: only the signature */
	const char *salt; /* an anonymous one's: its file */
};

/* The options behind @first, each with a value, once. Returns 0 or -EINVAL. */
static int take_options(struct verify_options *o, int argc, char **argv, int first)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = { { "--key", &o->key }, { "--report", &o->report }, { "--salt", &o->salt } };
	size_t k;
	int i;

	for (i = first; i < argc; i += 2) {
		for (k = 0; k < ARRAY_SIZE(known) && strcmp(known[k].name, argv[i]) != 0; k++)
			;
		if (k == ARRAY_SIZE(known) || i + 1 == argc || *known[k].value)
			return -EINVAL;
		*known[k].value = argv[i + 1];
	}
	return o->salt && !o->report ? -EINVAL : 0;
}

static enum verify_status verify(const struct verify_options *o)
{
	_cleanup_free_ char *key = NULL;
	_cleanup_close_ int dir = -1;
	enum verify_status status, same = VERIFY_GOOD;
	size_t len;
	int ret;

	ret = o->key ? util_read_file(AT_FDCWD, o->key, MINISIG_MAX_SIZE, &key, &len) : 0;
	if (ret == 0 && o->key && strlen(key) != len)
		ret = -EBADMSG; /* a NUL would hide what follows it */
	if (ret < 0) {
		log_errno(ret, "read", o->key);
		return VERIFY_FAILED;
	}
	dir = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		log_errno(-errno, "open", o->dir);
		return VERIFY_FAILED;
	}
	status = verify_folder(stdout, dir, key);
	if (o->report)
		same = certify_compare(stdout, dir, o->report, o->salt);
	return same == VERIFY_GOOD ? status : same;
}

int verify_main(int argc, char **argv)
{
	const bool of_report = argc > 2 && strcmp(argv[1], "report") == 0;
	struct verify_options o = { .dir = argc > 2 + of_report ? argv[2 + of_report] : NULL };
	enum verify_status status;

	if (!o.dir || (of_report && strcmp(argv[2], "--verify") != 0) ||
	    take_options(&o, argc, argv, 3 + of_report) < 0 || (of_report && o.report))
		return -EINVAL;
	status = verify(&o);
	return fflush(stdout) == 0 && !ferror(stdout) ? (int)status : VERIFY_FAILED;
}
