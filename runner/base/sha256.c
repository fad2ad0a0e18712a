/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <mbedtls/sha256.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include "base/beneath.h"

#define SUM_SIZE 32

static void to_hex(const uint8_t *sum, char hex[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < SUM_SIZE; i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[2 * i] = '\0';
}

static int take_all(mbedtls_sha256_context *sha, int fd, int to, uint64_t max, uint64_t *size)
{
	uint8_t buf[32768];
	ssize_t n;

	*size = 0;
	while ((n = util_read_all(fd, buf, sizeof(buf))) > 0) {
		int ret;

		*size += (uint64_t)n;
		if (*size > max)
			return -EFBIG;
		if (mbedtls_sha256_update(sha, buf, (size_t)n) != 0)
			return -EIO;
		ret = to < 0 ? 0 : util_write_all(to, buf, (size_t)n);
		if (ret < 0)
			return ret;
	}
	return (int)n;
}

int sha256_of_fd(int fd, int to, uint64_t max, uint64_t *size, char hex[SHA256_HEX])
{
	mbedtls_sha256_context sha;
	uint8_t sum[SUM_SIZE];
	int ret;

	mbedtls_sha256_init(&sha);
	ret = mbedtls_sha256_starts(&sha, 0) == 0 ? take_all(&sha, fd, to, max, size) : -EIO;
	if (ret == 0 && mbedtls_sha256_finish(&sha, sum) != 0)
		ret = -EIO;
	mbedtls_sha256_free(&sha);
	if (ret == 0)
		to_hex(sum, hex);
	return ret;
}

int sha256_of_file(int dirfd, const char *path, uint64_t max, uint64_t *size, char hex[SHA256_HEX])
{
	_cleanup_close_ int fd = beneath_open(dirfd, path, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? sha256_of_fd(fd, -1, max, size, hex) : -EINVAL;
}

int sha256_of_text(const char *text, char hex[SHA256_HEX])
{
	uint8_t sum[SUM_SIZE];

	if (mbedtls_sha256((const uint8_t *)text, strlen(text), sum, 0) != 0)
		return -EIO;
	to_hex(sum, hex);
	return 0;
}

int sha256_base64_of_text(const char *text, char base64[SHA256_BASE64])
{
	uint8_t sum[SUM_SIZE];

	if (mbedtls_sha256((const uint8_t *)text, strlen(text), sum, 0) != 0)
		return -EIO;
	sodium_bin2base64(base64, SHA256_BASE64, sum, sizeof(sum), sodium_base64_VARIANT_ORIGINAL);
	return 0;
}
