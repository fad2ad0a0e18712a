/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unxz: decompresses an .xz file from standard input to standard output, filters for x86 code
 * included (BusyBox's has none). /init unpacks what only nested guests need with it while the
 * runner is at work already. Exit status 0, or 1 with the reason on stderr.
 */
#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <string.h>

#define BUFFER_SIZE (256u << 10)
#define MEMORY_LIMIT (256u << 20) /* the dictionary is 64 MiB at most */

static int unxz_fail(const char *what)
{
	fprintf(stderr, "unxz: %s\n", what);
	return 1;
}

static int unxz_copy(lzma_stream *s)
{
	static uint8_t in[BUFFER_SIZE], out[BUFFER_SIZE];
	lzma_ret ret = LZMA_OK;

	while (ret == LZMA_OK) {
		if (s->avail_in == 0) {
			s->next_in = in;
			s->avail_in = fread(in, 1, sizeof(in), stdin);
		}
		s->next_out = out;
		s->avail_out = sizeof(out);
		ret = lzma_code(s, s->avail_in == 0 ? LZMA_FINISH : LZMA_RUN);
		if (fwrite(out, 1, sizeof(out) - s->avail_out, stdout) !=
		    sizeof(out) - s->avail_out)
			return unxz_fail(strerror(errno));
	}
	if (ferror(stdin))
		return unxz_fail("cannot read");
	if (ret != LZMA_STREAM_END)
		return unxz_fail(ret == LZMA_BUF_ERROR ? "the input is cut off"
						       : "the input is damaged");
	return fflush(stdout) ? unxz_fail(strerror(errno)) : 0;
}

int main(void)
{
	lzma_stream s = LZMA_STREAM_INIT;
	int ret;

	if (lzma_stream_decoder(&s, MEMORY_LIMIT, 0) != LZMA_OK)
		return unxz_fail("out of memory");
	ret = unxz_copy(&s);
	lzma_end(&s);
	return ret;
}
