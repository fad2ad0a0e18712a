/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BOOTIF= of the kernel command line, and the load option that UEFI booted. */
#include "sys/boot_port.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "base/le.h"
#include "base/sysroot.h"

#define VARIABLE "sys/firmware/efi/efivars/%s-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define MAX_VARIABLE 65536u
#define ATTRIBUTES 4u /* efivarfs writes them before the value */

/* UEFI 2.10, 10.3.1: the header of a node of a device path, and those of interest. */
enum { NODE_TYPE, NODE_SUBTYPE, NODE_LENGTH, NODE_HEADER = 4 };
enum { MESSAGING = 3, MESSAGING_MAC = 11, PATH_END = 0x7f };
enum { MAC_NODE = NODE_HEADER + 32 + 1 };

int boot_port_parse_bootif(const char *cmdline, char mac[BOOT_PORT_MAC_SIZE])
{
	static const char key[] = "BOOTIF=";
	const char *p = strstr(cmdline, key);
	size_t i;

	mac[0] = '\0';
	if (!p)
		return -ENOENT;
	p += strlen(key);
	if (strncmp(p, "01-", 3) == 0)
		p += 3;
	for (i = 0; i < BOOT_PORT_MAC_SIZE - 1; i++) {
		const bool separator = i % 3 == 2;

		if (separator ? p[i] != '-' && p[i] != ':' : !isxdigit((unsigned char)p[i]))
			break;
		mac[i] = separator ? ':' : (char)tolower((unsigned char)p[i]);
	}
	mac[i] = '\0';
	if (i == BOOT_PORT_MAC_SIZE - 1 && (p[i] == '\0' || isspace((unsigned char)p[i])))
		return 0;
	mac[0] = '\0';
	return -EINVAL;
}

/* The device path that begins at @path and ends within @len bytes. */
static int find_mac(const uint8_t *path, size_t len, char mac[BOOT_PORT_MAC_SIZE])
{
	while (len >= NODE_HEADER && path[NODE_TYPE] != PATH_END) {
		size_t node = le_get16(path + NODE_LENGTH);
		const uint8_t *m = path + NODE_HEADER;

		if (node < NODE_HEADER || node > len)
			return -EBADMSG;
		if (path[NODE_TYPE] == MESSAGING && path[NODE_SUBTYPE] == MESSAGING_MAC &&
		    node >= MAC_NODE) {
			util_format(mac, BOOT_PORT_MAC_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", m[0],
				    m[1], m[2], m[3], m[4], m[5]);
			return 0;
		}
		path += node;
		len -= node;
	}
	return len < NODE_HEADER ? -EBADMSG : -ENOENT;
}

int boot_port_parse_option(const void *data, size_t len, char mac[BOOT_PORT_MAC_SIZE])
{
	const uint8_t *option = (const uint8_t *)data + ATTRIBUTES;
	size_t at = 6, path_len; /* attributes of its own, and the path's length */

	mac[0] = '\0';
	if (len < ATTRIBUTES + at)
		return -EBADMSG;
	len -= ATTRIBUTES;
	path_len = le_get16(option + 4);
	do { /* its name, in UTF-16 */
		if (at + 2 > len)
			return -EBADMSG;
		at += 2;
	} while (le_get16(option + at - 2) != 0);
	if (path_len > len - at)
		return -EBADMSG;
	return find_mac(option + at, path_len, mac);
}

static void ask_uefi(const struct sysroot *root, char mac[BOOT_PORT_MAC_SIZE])
{
	_cleanup_free_ char *current = NULL, *option = NULL;
	char name[sizeof("Boot0000")];
	size_t len;

	if (sysroot_slurp(root, &current, &len, MAX_VARIABLE, VARIABLE, "BootCurrent") < 0 ||
	    len != ATTRIBUTES + 2)
		return;
	util_format(name, sizeof(name), "Boot%04X", le_get16((uint8_t *)current + ATTRIBUTES));
	if (sysroot_slurp(root, &option, &len, MAX_VARIABLE, VARIABLE, name) < 0 ||
	    boot_port_parse_option(option, len, mac) < 0)
		mac[0] = '\0';
}

void boot_port_find(const struct sysroot *root, char mac[BOOT_PORT_MAC_SIZE])
{
	char cmdline[8192];

	mac[0] = '\0';
	if (sysroot_read(root, cmdline, sizeof(cmdline), "proc/cmdline") < 0 ||
	    boot_port_parse_bootif(cmdline, mac) == -ENOENT)
		ask_uefi(root, mac);
}
