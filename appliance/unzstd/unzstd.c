/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unzstd: decompresses standard input to standard output. /init unpacks what only nested guests
 * need with it while the runner is at work already. Exit status 0, or 1 with the reason on stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define WINDOW_LOG_MAX 27 /* what the kernel accepts for an initramfs too: 128 MiB */

static int unzstd_fail(const char *what)
{
	fprintf(stderr, "unzstd: %s\n", what);
	return 1;
}

static int unzstd_copy(ZSTD_DCtx *ctx, char *in, size_t in_size, char *out, size_t out_size)
{
	size_t left = 1; /* zero once a frame is complete */
	size_t n;

	while ((n = fread(in, 1, in_size, stdin)) > 0) {
		ZSTD_inBuffer input = { in, n, 0 };

		while (input.pos < input.size) {
			ZSTD_outBuffer output = { out, out_size, 0 };

			left = ZSTD_decompressStream(ctx, &output, &input);
			if (ZSTD_isError(left))
				return unzstd_fail(ZSTD_getErrorName(left));
			if (fwrite(out, 1, output.pos, stdout) != output.pos)
				return unzstd_fail("cannot write");
		}
	}
	if (ferror(stdin) || left != 0)
		return unzstd_fail("the input is cut off");
	return fflush(stdout) ? unzstd_fail("cannot write") : 0;
}

int main(void)
{
	size_t in_size = ZSTD_DStreamInSize(), out_size = ZSTD_DStreamOutSize();
	ZSTD_DCtx *ctx = ZSTD_createDCtx();
	char *in = malloc(in_size), *out = malloc(out_size);
	int ret;

	if (!ctx || !in || !out)
		ret = unzstd_fail("out of memory");
	else if (ZSTD_isError(ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		ret = unzstd_fail("cannot set the window size");
	else
		ret = unzstd_copy(ctx, in, in_size, out, out_size);
	free(out);
	free(in);
	ZSTD_freeDCtx(ctx);
	return ret;
}
