/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/certify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include "base/log.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "report/anonymise.h"
#include "report/certificate.h"
#include "report/forms.h"
#include "report/manifest.h"

#define STATUS_REFUSED 1
#define STATUS_FAILED 3
#define SALT_BYTES 32
#define SALT_MIN 16 /* characters */
#define SALT_MAX 4096
#define CERTIFICATE_MAX (16u << 20)
#define MAX_LINES 8 /* that are named */
#define REPORT_JSON "report.json"

struct options {
	const char *report, *form, *out, *key, *salt;
	bool anonymous;
};

/* Both forms of a certificate, as texts. */
struct made {
	char *text, *html;
};

static void made_free(struct made *m)
{
	free(m->text);
	free(m->html);
}

/* 64 hexadecimal digits that nobody knows. */
static int make_salt(char hex[2 * SALT_BYTES + 1])
{
	uint8_t bytes[SALT_BYTES];
	size_t i;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -EIO;
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

/* The salt of the file, which is made if it is not there and @make. Caller frees *@salt. */
static int read_salt(const char *path, bool make, char **salt)
{
	char hex[2 * SALT_BYTES + 1];
	size_t len;
	int ret = util_read_file(AT_FDCWD, path, SALT_MAX, salt, &len), fd;

	if (ret == 0) {
		(*salt)[strcspn(*salt, "\r\n")] = '\0';
		return strlen(*salt) < SALT_MIN ? -EINVAL : 0;
	}
	if (ret != -ENOENT || !make)
		return ret;
	ret = make_salt(hex);
	if (ret < 0)
		return ret;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	ret = util_write_all(fd, hex, strlen(hex));
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	*salt = strdup(hex);
	return ret == 0 && !*salt ? -ENOMEM : ret;
}

/* What the signature of the folder says. Returns false if something was altered. */
static bool check_folder(int dir, char *words, size_t size)
{
	_cleanup_free_ char *said = NULL;
	char id[MINISIG_ID_TEXT];
	size_t len;
	FILE *f = open_memstream(&said, &len);
	enum verify_status status;

	if (!f)
		return false;
	status = verify_folder_by(f, dir, NULL, id);
	if (fclose(f) != 0 || status == VERIFY_ALTERED || status == VERIFY_FAILED) {
		fputs(said ? said : "", stderr);
		return false;
	}
	if (status == VERIFY_GOOD)
		util_format(words, size,
			    "good, by key %s, which lies beside it: compare its ID with the one "
			    "that you know",
			    id);
	else
		util_strlcpy(words, size, "NONE: whoever had the files could have changed them");
	return true;
}

/* A file, or a folder with REPORT_JSON or a journal: *@dir is its descriptor, or -1. */
static int open_report(const char *path, int *dir, char **file, const char **name)
{
	struct stat st;

	*dir = -1;
	if (stat(path, &st) < 0)
		return -errno;
	*name = REPORT_JSON;
	if (!S_ISDIR(st.st_mode)) {
		*file = strdup(path);
		if (util_glob("*" JOURNAL_NAME, path))
			*name = JOURNAL_NAME;
		return *file ? 0 : -ENOMEM;
	}
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir < 0)
		return -errno;
	if (faccessat(*dir, REPORT_JSON, F_OK, 0) < 0)
		*name = JOURNAL_NAME;
	return asprintf(file, "%s/%s", path, *name) < 0 ? -ENOMEM : 0;
}

/* Both forms; nothing that was to be hidden may be in them. */
static int make_forms(const json_t *report, const struct certificate_source *source,
		      const char *salt, struct made *made)
{
	json_t *shown = salt ? anonymise(report, salt) : json_incref((json_t *)report);
	json_t *certificate = shown ? certificate_make(shown, source) : NULL;

	json_decref(shown);
	if (!certificate)
		return -ENOMEM;
	made->text = form_print(certificate_put_text, certificate);
	made->html = form_print(certificate_put_html, certificate);
	json_decref(certificate);
	if (!made->text || !made->html)
		return -ENOMEM;
	if (!salt || (!anonymise_leaks(report, made->text) && !anonymise_leaks(report, made->html)))
		return 0;
	log_error("what was to be hidden would be in the certificate: none is made");
	return -EPERM;
}

static int hash_file(const char *path, struct certificate_source *source)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno
		      : sha256_of_fd(fd, -1, REPORT_MAX_SIZE, &source->size, source->sha256);
}

/* @salt: NULL if it is not to be anonymous. Returns 0 or the exit status, with why on stderr. */
static int make(const char *path, const char *salt, struct made *made)
{
	struct certificate_source source = { .anonymous = salt != NULL };
	char words[160] = "not looked at: a single file has none", why[200];
	_cleanup_free_ char *file = NULL;
	_cleanup_close_ int dir = -1;
	json_t *report;
	int ret = open_report(path, &dir, &file, &source.name);

	if (ret == 0)
		ret = hash_file(file, &source);
	if (ret < 0) {
		log_errno(ret, "read", path);
		return STATUS_FAILED;
	}
	if (dir >= 0 && !check_folder(dir, words, sizeof(words))) {
		log_error("%s is not as it was signed: there is no certificate of it", path);
		return STATUS_REFUSED;
	}
	report = report_load(file);
	if (!report)
		return STATUS_FAILED;
	source.signature = words;
	if (certificate_contradicts(report, why, sizeof(why))) {
		log_error("%s contradicts itself: %s", path, why);
		ret = STATUS_REFUSED;
	} else if (make_forms(report, &source, salt, made) < 0) {
		ret = STATUS_FAILED;
	}
	json_decref(report);
	return ret;
}

/* Reads the secret key. Returns 0 or -errno, with why logged. */
static int read_key(const char *path, struct minisig_secret *secret)
{
	_cleanup_free_ char *text = NULL;
	const char *why;
	size_t len;
	int ret = util_read_file(AT_FDCWD, path, MINISIG_MAX_SIZE, &text, &len);

	if (ret < 0) {
		log_errno(ret, "read", path);
		return ret;
	}
	ret = minisig_parse_secret(text, secret, &why);
	explicit_bzero(text, len);
	if (ret < 0)
		log_error("%s cannot be used: %s", path, why);
	return ret;
}

static int put_file(int dir, const char *name, const char *text)
{
	return text ? util_write_durably(dir, name, text, strlen(text)) : -ENOMEM;
}

/* Manifest, and signature if there is a key, of the files that are there. */
static int sign(int dir, const struct minisig_secret *secret)
{
	_cleanup_free_ struct manifest *m = calloc(1, sizeof(*m));
	_cleanup_free_ char *text = NULL, *signature = NULL, *public = NULL;
	struct minisig_public key;
	int ret = m ? 0 : -ENOMEM;

	if (ret == 0 && secret) {
		minisig_get_public(secret, &key);
		public = minisig_format_public(&key);
		ret = put_file(dir, MANIFEST_KEY, public);
		if (ret == 0)
			ret = manifest_add(m, dir, MANIFEST_KEY);
	}
	if (ret == 0)
		ret = manifest_add(m, dir, CERTIFICATE_TEXT);
	if (ret == 0)
		ret = manifest_add(m, dir, CERTIFICATE_HTML);
	if (ret < 0)
		return ret;
	text = manifest_format_plain(m);
	ret = put_file(dir, MANIFEST_NAME, text);
	if (ret < 0 || !secret)
		return ret;
	signature = minisig_sign(secret, text, strlen(text), "vfproof certificate");
	return put_file(dir, MANIFEST_SIGNATURE, signature);
}

/* A signature that is there from before must not stand beside other files. */
static int write_folder(const char *path, const struct made *made,
			const struct minisig_secret *secret)
{
	static const char *const old[] = { MANIFEST_SIGNATURE, MANIFEST_NAME, MANIFEST_KEY };
	_cleanup_close_ int dir = -1;
	size_t i;
	int ret;

	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	for (i = 0; i < ARRAY_SIZE(old); i++)
		if (unlinkat(dir, old[i], 0) < 0 && errno != ENOENT)
			return -errno;
	ret = put_file(dir, CERTIFICATE_TEXT, made->text);
	if (ret == 0)
		ret = put_file(dir, CERTIFICATE_HTML, made->html);
	return ret < 0 ? ret : sign(dir, secret);
}

static int deliver(const struct options *o, const struct made *made)
{
	struct minisig_secret secret;
	int ret;

	if (!o->out) {
		fputs(strcmp(o->form, "html") == 0 ? made->html : made->text, stdout);
		return fflush(stdout) == 0 && !ferror(stdout) ? 0 : STATUS_FAILED;
	}
	if (o->key && read_key(o->key, &secret) < 0)
		return STATUS_FAILED;
	ret = write_folder(o->out, made, o->key ? &secret : NULL);
	if (o->key)
		minisig_wipe(&secret);
	if (ret < 0)
		log_errno(ret, "write the certificate to", o->out);
	return ret < 0 ? STATUS_FAILED : 0;
}

/* Returns 0 or -EINVAL. */
static int parse(struct options *o, int argc, char **argv)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = { { "--form", &o->form },
		      { "--out", &o->out },
		      { "--key", &o->key },
		      { "--salt", &o->salt } };
	size_t k;
	int i;

	for (i = 3; i < argc; i++) {
		if (strcmp(argv[i], "--anonymous") == 0 && !o->anonymous) {
			o->anonymous = true;
			continue;
		}
		for (k = 0; k < ARRAY_SIZE(known) && strcmp(known[k].name, argv[i]) != 0; k++)
			;
		if (k == ARRAY_SIZE(known) || ++i == argc || *known[k].value)
			return -EINVAL;
		*known[k].value = argv[i];
	}
	if ((o->key && !o->out) || (o->form && o->out) || (o->salt && !o->anonymous))
		return -EINVAL;
	if (!o->form)
		o->form = "text";
	return strcmp(o->form, "text") == 0 || strcmp(o->form, "html") == 0 ? 0 : -EINVAL;
}

int certify_main(int argc, char **argv)
{
	struct options o = { .report = argc > 2 ? argv[2] : NULL };
	_cleanup_free_ char *salt = NULL;
	char fresh[2 * SALT_BYTES + 1];
	struct made made = { 0 };
	int ret;

	if (!o.report || o.report[0] == '-' || parse(&o, argc, argv) < 0)
		return -EINVAL;
	ret = o.salt ? read_salt(o.salt, true, &salt) : make_salt(fresh);
	if (ret < 0) {
		log_errno(ret, "read the salt", o.salt ? o.salt : "");
		return STATUS_FAILED;
	}
	ret = make(o.report, !o.anonymous ? NULL : salt ? salt : fresh, &made);
	if (ret == 0)
		ret = deliver(&o, &made);
	made_free(&made);
	return ret;
}

/* Names the lines of which one of both has another one. Returns how many there are. */
static unsigned int name_lines(FILE *f, const char *is, const char *wanted)
{
	unsigned int line = 0, n = 0;

	while (*is || *wanted) {
		const size_t a = strcspn(is, "\n"), b = strcspn(wanted, "\n");

		line++;
		if ((a != b || strncmp(is, wanted, a) != 0) && n++ < MAX_LINES) {
			_cleanup_free_ char *own = strndup(is, a), *other = strndup(wanted, b);

			if (own)
				util_sanitise(own);
			if (other)
				util_sanitise(other);
			fprintf(f,
				"ALTERED  " CERTIFICATE_TEXT ": line %u is \"%s\", and the report "
				"gives \"%s\"\n",
				line, own ? own : "", other ? other : "");
		}
		is += a + (is[a] == '\n');
		wanted += b + (wanted[b] == '\n');
	}
	return n;
}

static enum verify_status compare(FILE *f, int dir, const struct made *made)
{
	_cleanup_free_ char *text = NULL, *html = NULL;
	unsigned int n = 0;
	size_t len;

	if (util_read_file(dir, CERTIFICATE_TEXT, CERTIFICATE_MAX, &text, &len) < 0 ||
	    util_read_file(dir, CERTIFICATE_HTML, CERTIFICATE_MAX, &html, &len) < 0) {
		fputs("MISSING  the folder has no certificate\n", f);
		return VERIFY_ALTERED;
	}
	n = name_lines(f, text, made->text);
	if (strcmp(html, made->html) != 0) {
		n++;
		fputs("ALTERED  " CERTIFICATE_HTML ": it is not what the report gives\n", f);
	}
	if (n == 0)
		fputs("SAME: the certificate is what the report gives\n", f);
	return n == 0 ? VERIFY_GOOD : VERIFY_ALTERED;
}

enum verify_status certify_compare(FILE *f, int dir, const char *report, const char *salt)
{
	_cleanup_free_ char *text = NULL;
	struct made made = { 0 };
	enum verify_status status = VERIFY_FAILED;
	int ret = salt ? read_salt(salt, false, &text) : 0;

	if (ret < 0) {
		log_errno(ret, "read the salt", salt);
		return VERIFY_FAILED;
	}
	ret = make(report, text, &made);
	if (ret == 0)
		status = compare(f, dir, &made);
	else if (ret == STATUS_REFUSED)
		status = VERIFY_ALTERED;
	made_free(&made);
	return status;
}
