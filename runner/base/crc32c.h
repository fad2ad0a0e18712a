/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32C (Castagnoli), as iSCSI and ext4 have it: RFC 3720, appendix B.4. */
#ifndef VFPROOF_BASE_CRC32C_H
#define VFPROOF_BASE_CRC32C_H

#include "base/util.h"

/*
 * Of @len bytes at @buf, going on from @crc: 0, or what the bytes before gave. (libblkid has a
 * function "crc32c" of another kind.)
 */
uint32_t crc32c_add(uint32_t crc, const void *buf, size_t len);

#endif
