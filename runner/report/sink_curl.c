/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One upload by HTTP, HTTPS or TFTP, through libcurl. A server's certificate is always checked.
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include "report/sink.h"

#define CONNECT_TIMEOUT_S 15L
#define UPLOAD_TIMEOUT_S 60L

static size_t read_data(char *buf, size_t size, size_t n, void *arg)
{
	const ssize_t len = util_read_all(*(const int *)arg, buf, size * n);

	return len < 0 ? CURL_READFUNC_ABORT : (size_t)len;
}

/* What a server answers is of no interest. */
static size_t drop_data(char *buf, size_t size, size_t n, void *arg)
{
	(void)buf;
	(void)arg;
	return size * n;
}

/*
 * PUT and TFTP write to a file of the report's name below the URL, before its query; POST goes to
 * the URL as it is. Caller frees.
 */
static char *upload_url(const struct sink *sink, bool post, const char *report_name,
			const char *file_name)
{
	const size_t path = strcspn(sink->target, "?");
	const bool slash = path > 0 && sink->target[path - 1] == '/';
	char *url;

	if (post && sink->kind != SINK_TFTP)
		return strdup(sink->target);
	if (asprintf(&url, "%.*s%s%s-%s%s", (int)path, sink->target, slash ? "" : "/", report_name,
		     file_name, sink->target + path) < 0)
		return NULL;
	return url;
}

/* "NAME: VALUE" as a further header. False if there is no memory. */
static bool __attribute__((format(printf, 2, 3))) add_header(struct curl_slist **headers,
							     const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	struct curl_slist *list;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		return false;
	}
	list = curl_slist_append(*headers, text);
	if (list)
		*headers = list;
	return list != NULL;
}

/* Only over HTTPS: elsewhere everybody on the way could read it. */
static void set_auth(CURL *curl, const struct sink *sink, const char *auth)
{
	static const char bearer[] = "bearer:";

	if (!auth[0] || sink->kind != SINK_HTTPS)
		return;
	if (strncmp(auth, bearer, strlen(bearer)) == 0) {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, auth + strlen(bearer));
	} else {
		curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(curl, CURLOPT_USERPWD, auth);
	}
}

static void set_http(CURL *curl, const struct sink *sink, const struct sink_settings *settings,
		     const struct sink_ca *ca, off_t size)
{
	struct curl_blob blob = { ca->pem, ca->len, CURL_BLOB_NOCOPY };

	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "vfproof");
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	set_auth(curl, sink, settings->auth);
	if (settings->post) {
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 0L);
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	}
}

static void set_upload(CURL *curl, const char *url, int *fd, off_t size)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,tftp");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, UPLOAD_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_data);
	curl_easy_setopt(curl, CURLOPT_READDATA, fd);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_data);
}

/*
 * What may be another way the next time: not a wrong certificate, name or password, nor a server
 * that has no such method (501).
 */
static bool is_transient(CURLcode code, long status)
{
	switch (code) {
	case CURLE_OK:
		return status == 408 || status == 425 || status == 429 ||
		       (status >= 500 && status != 501);
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
		return true;
	default:
		return false;
	}
}

/* libcurl's own texts are left out of it, and say less. */
static void explain(CURLcode code, char *why, size_t why_size)
{
	static const struct {
		CURLcode code;
		const char *text;
	} texts[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, "the server's name cannot be resolved" },
		{ CURLE_COULDNT_CONNECT, "the server cannot be reached" },
		{ CURLE_OPERATION_TIMEDOUT, "the server does not answer in time" },
		{ CURLE_PEER_FAILED_VERIFICATION,
		  "the server's certificate is not valid: its authority, its name, or this host's "
		  "clock" },
		{ CURLE_SSL_CONNECT_ERROR, "the server and this host agree on no TLS" },
		{ CURLE_SSL_CACERT_BADFILE, "the certificates to check the server by are damaged" },
		{ CURLE_SEND_ERROR, "the connection breaks off" },
		{ CURLE_RECV_ERROR, "the connection breaks off" },
		{ CURLE_GOT_NOTHING, "the server answers nothing" },
		{ CURLE_URL_MALFORMAT, "the URL is malformed" },
		{ CURLE_TFTP_NOTFOUND, "the TFTP server does not find the file" },
		{ CURLE_TFTP_PERM, "the TFTP server does not permit it" },
		{ CURLE_REMOTE_DISK_FULL, "the server's disk is full" },
		{ CURLE_ABORTED_BY_CALLBACK, "the file cannot be read" },
		{ CURLE_REMOTE_FILE_EXISTS, "the file is there already" },
	};
	size_t i;

	util_format(why, why_size, "libcurl's error %d", (int)code);
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].code == code)
			util_strlcpy(why, why_size, texts[i].text);
}

static int perform(CURL *curl, const struct sink *sink, char *why, size_t why_size)
{
	CURLcode code = curl_easy_perform(curl);
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && (sink->kind == SINK_TFTP || (status >= 200 && status < 300)))
		return 0;
	if (code == CURLE_OK)
		util_format(why, why_size, "the server answers %ld", status);
	else
		explain(code, why, why_size);
	return is_transient(code, status) ? -EAGAIN : -EIO;
}

int sink_upload(const struct sink *sink, const struct sink_settings *settings,
		const struct sink_ca *ca, const char *report_name, const struct sink_file *file,
		char *why, size_t why_size)
{
	_cleanup_free_ char *url = upload_url(sink, settings->post, report_name, file->name);
	_cleanup_close_ int fd = openat(file->dir, file->name, O_RDONLY | O_CLOEXEC);
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	struct stat st;
	int ret = -EIO;

	util_strlcpy(why, why_size, "out of memory");
	if (fd < 0 || fstat(fd, &st) < 0)
		util_format(why, why_size, "%s cannot be read: %s", file->name, strerror(errno));
	else if (curl && url && add_header(&headers, "Content-Type: %s", file->type) &&
		 add_header(&headers, "Content-Disposition: attachment; filename=\"%s-%s\"",
			    report_name, file->name) &&
		 add_header(&headers, "Expect:")) {
		set_upload(curl, url, &fd, st.st_size);
		if (sink->kind != SINK_TFTP) {
			set_http(curl, sink, settings, ca, st.st_size);
			curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		}
		ret = perform(curl, sink, why, why_size);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return ret;
}
