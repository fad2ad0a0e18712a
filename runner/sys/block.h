/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices, by their names below /dev: what the kernel says of them, and their partitions.
 */
#ifndef VFPROOF_SYS_BLOCK_H
#define VFPROOF_SYS_BLOCK_H

#include <sys/types.h>
#include "base/util.h"

struct sysroot;

/* All names, disks and partitions. NULL with errno set; the caller closes it. */
DIR *block_open_all(const struct sysroot *root) must_check;
/* True if it is behind a USB controller. */
bool block_is_usb(const struct sysroot *root, const char *name);
/* Opens the device, @flags as open(2). Returns a descriptor or -errno. */
int block_open(const struct sysroot *root, const char *name, int flags) must_check;
/* Its size in units of 512 bytes, whatever its sectors are. Returns 0 or -errno. */
int block_get_size(const struct sysroot *root, const char *name, uint64_t *size) must_check;
/* The size of its logical sectors in bytes. Returns 0 or -errno. */
int block_get_sector(const struct sysroot *root, const char *name, uint64_t *bytes) must_check;
/* The number of a partition and the name of its disk. Returns 0, or -ENOENT if it is no partition.
 */
int block_get_partition(const struct sysroot *root, const char *name, uint64_t *number, char *disk,
			size_t disk_size) must_check;
/*
 * Tells the kernel of a partition's new place (BLKPG_RESIZE_PARTITION), in bytes; @fd is of its
 * disk. Returns 0 or -errno.
 */
int block_resize_partition(int fd, uint64_t number, uint64_t start, uint64_t length) must_check;

/*
 * The number that the kernel has given to the medium of a disk, or of a partition's disk: another
 * one after it was pulled and put back, if only for a moment. 0 if there is no such device, 1 if
 * the kernel has no such numbers.
 */
uint64_t block_get_sequence(const struct sysroot *root, const char *name);
/* The name of the block device with that number. Returns 0 or -errno. */
int block_find(const struct sysroot *root, dev_t number, char *name, size_t size) must_check;
/* "sda1, 61 GB, Maker Model", as far as it is known. */
void block_describe(const struct sysroot *root, const char *name, char *buf, size_t size);
/* True while a USB storage device is there whose disk is not: it has just been plugged in. */
bool block_usb_is_coming(const struct sysroot *root);
/* Another number when a USB device or a disk behind one has come or gone. */
uint64_t block_usb_state(const struct sysroot *root);
/* Number of devices on the USB buses: another one means that something was plugged or pulled. */
unsigned int block_count_usb(const struct sysroot *root);

#endif
