/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks in memory files, and the first sectors of a FAT32. */
#include "fake_fat.h"

#include "core_fake.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

unsigned int fake_fat_writes;

int fake_fat_put(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors)
{
	size_t i;

	for (i = 0; i < sectors; i++) {
		if (fake_fat_writes == 0)
			return -EIO;
		fake_fat_writes--;
		assert_true(lba + i < d->sectors);
		assert_int_equal(pwrite(d->fd, (const char *)buf + i * FAT_SECTOR, FAT_SECTOR,
					(off_t)((lba + i) * FAT_SECTOR)),
				 FAT_SECTOR);
	}
	return 0;
}

void fake_fat_put32(uint8_t *p, uint32_t value)
{
	value = htole32(value);
	memcpy(p, &value, sizeof(value));
}

uint32_t fake_fat_get32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return le32toh(value);
}

struct fat_disk fake_fat_disk(uint64_t sectors)
{
	struct fat_disk d = { .fd = memfd_create("disk", MFD_CLOEXEC),
			      .sectors = sectors,
			      .put = fake_fat_put };

	assert_true(d.fd >= 0);
	assert_int_equal(ftruncate(d.fd, (off_t)(sectors * FAT_SECTOR)), 0);
	return d;
}

struct fat_disk fake_fat_make(uint64_t part_sectors, uint32_t fs_sectors)
{
	struct fat_disk d = fake_fat_disk(part_sectors);
	uint8_t b[FAT_SECTOR] = { 0 };

	memcpy(b + 3, "mkfs.fat\0\2\x08\x20\0\2", 14);
	fake_fat_put32(b + 32, fs_sectors);
	fake_fat_put32(b + 36, 64);
	b[48] = 1;
	b[50] = 6;
	memcpy(b + 82, "FAT32   ", 8);
	b[510] = 0x55;
	b[511] = 0xaa;
	assert_int_equal(pwrite(d.fd, b, sizeof(b), 0), sizeof(b));
	assert_int_equal(pwrite(d.fd, b, sizeof(b), 6 * FAT_SECTOR), sizeof(b));
	return d;
}
