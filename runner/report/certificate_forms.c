/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate as text and as a page: both show the same rows. */
#include <errno.h>
#include <string.h>
#include "base/tables.h"
#include "base/util.h"
#include "journal/member.h"
#include "report/certificate.h"
#include "report/markup.h"
#include "report/page.h"

#define INDENT 18

static const char *cell(const json_t *row, size_t i)
{
	const char *text = json_string_value(json_array_get(row, i));

	return text ? text : "";
}

static void put_text_row(struct page *p, const json_t *row)
{
	if (strlen(cell(row, 1)) == 64 && !strchr(cell(row, 1), ' ')) { /* a hash is not folded */
		page_put_line(p, "%s", cell(row, 0));
		page_put_line(p, "    %s", cell(row, 1));
		return;
	}
	if (strlen(cell(row, 0)) < INDENT - 2) {
		page_put_folded(p, UINT32_MAX, INDENT, cell(row, 0), cell(row, 1));
		return;
	}
	page_put_line(p, "%s", cell(row, 0));
	page_put_folded(p, UINT32_MAX, INDENT, "", cell(row, 1));
}

int certificate_put_text(FILE *f, const json_t *certificate)
{
	struct page p = { .f = f, .max_lines = UINT32_MAX };
	const json_t *part, *row;
	size_t i, k;

	page_put_line(&p, "CERTIFICATE of SR-IOV readiness, by vfproof");
	page_put_line(&p, "%s", member_text(certificate, "machine"));
	page_put_line(&p, "####  %s", member_text(certificate, "verdict"));
	json_array_foreach (json_object_get(certificate, "sections"), i, part) {
		page_put_line(&p, "%s", "");
		page_put_line(&p, "%s", member_text(part, "title"));
		json_array_foreach (json_object_get(part, "rows"), k, row)
			put_text_row(&p, row);
	}
	return ferror(f) ? -EIO : 0;
}

static void put_head(FILE *f, const json_t *certificate)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>Certificate: ",
	      f);
	markup_text(f, member_text(certificate, "verdict"));
	fputs("</title>\n<style>\n", f);
	fputs(table_css, f);
	fputs("</style>\n</head>\n<body class=\"certificate\">\n", f);
	fprintf(f, "<header class=\"%s\"><div>\n<p>Certificate of SR-IOV readiness</p>\n<h1>",
		member_text(certificate, "class"));
	markup_text(f, member_text(certificate, "verdict"));
	fputs("</h1>\n<p class=\"machine\">", f);
	markup_text(f, member_text(certificate, "machine"));
	fputs("</p>\n</div></header>\n<main>\n", f);
}

/* A name is not said again for each text that it has. */
static void put_section(FILE *f, const json_t *part)
{
	const json_t *row;
	size_t i;

	markup_element(f, "h2", NULL, member_text(part, "title"));
	fputs("\n<dl>\n", f);
	json_array_foreach (json_object_get(part, "rows"), i, row) {
		const char *name = cell(row, 0);

		markup_element(f, "dt", strncmp(name, "NOT ", 4) == 0 ? "bad" : NULL, name);
		markup_element(f, "dd", NULL, cell(row, 1));
		fputc('\n', f);
	}
	fputs("</dl>\n", f);
}

int certificate_put_html(FILE *f, const json_t *certificate)
{
	const json_t *part;
	size_t i;

	put_head(f, certificate);
	json_array_foreach (json_object_get(certificate, "sections"), i, part)
		put_section(f, part);
	fputs("<footer>What a certificate proves, and what it does not: docs/signatures.md and "
	      "docs/readiness.md of vfproof.</footer>\n</main>\n</body>\n</html>\n",
	      f);
	return ferror(f) ? -EIO : 0;
}
