/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends the machine's life, one way or another. */
#include "sys/power.h"

#include <errno.h>
#include <string.h>
#include <sys/io.h>
#include <sys/reboot.h>
#include "base/le.h"
#include "base/sysroot.h"

#define TABLE "sys/firmware/acpi/tables/%s"
#define TABLE_MAX (4u << 20)

/* FACP (ACPI 6.5, table 5.9). */
#define FACP_PM1A_CNT 64
#define FACP_PM1B_CNT 68
#define FACP_FLAGS 112
#define FACP_FLAGS_RESET (1u << 10)
#define FACP_RESET_REG 116 /* a generic address: space, width, offset, access, address */
#define FACP_RESET_VALUE 128
#define FACP_X_PM1A_CNT 172
#define FACP_X_PM1B_CNT 184
#define GAS_IO 1

#define SLP_TYP_SHIFT 10
#define SLP_TYP_MASK (7u << SLP_TYP_SHIFT)
#define SLP_EN (1u << 13)

#define PORT_RESET 0xcf9 /* Intel's and AMD's chip sets: 2 asks for a hard reset, 4 does it */
#define PORT_KEYBOARD 0x64
#define KEYBOARD_PULSE_RESET 0xfe

/* AML (ACPI 6.5, 20.2). */
#define AML_NAME 0x08
#define AML_BYTE 0x0a
#define AML_PACKAGE 0x12
#define AML_ONE 0x01

/* A small integer at *@pos. False if it is none. */
static bool take_integer(const uint8_t *aml, size_t len, size_t *pos, uint8_t *value)
{
	if (*pos < len && aml[*pos] <= AML_ONE) {
		*value = aml[(*pos)++];
		return true;
	}
	if (*pos + 1 >= len || aml[*pos] != AML_BYTE || aml[*pos + 1] > 7)
		return false;
	*value = aml[*pos + 1];
	*pos += 2;
	return true;
}

/* Name(_S5, Package {a, b, ...}) with the name at @pos. */
static bool take_s5(const uint8_t *aml, size_t len, size_t pos, uint8_t *a, uint8_t *b)
{
	if (pos < 1 || (aml[pos - 1] != AML_NAME && aml[pos - 1] != '\\'))
		return false;
	pos += 4;
	if (pos + 2 >= len || aml[pos] != AML_PACKAGE)
		return false;
	pos += 1 + 1 + (aml[pos + 1] >> 6) + 1; /* its length, the number of its elements */
	if (!take_integer(aml, len, &pos, a))
		return false;
	if (!take_integer(aml, len, &pos, b))
		*b = 0;
	return true;
}

int power_find_s5(const uint8_t *aml, size_t len, uint8_t *a, uint8_t *b)
{
	size_t i;

	for (i = 0; i + 4 <= len; i++)
		if (memcmp(aml + i, "_S5_", 4) == 0 && take_s5(aml, len, i, a, b))
			return 0;
	return -ENOENT;
}

static int read_table(const struct sysroot *root, const char *name, char **table, size_t *len)
{
	return sysroot_slurp(root, table, len, TABLE_MAX, TABLE, name);
}

/* The I/O port of a control register, 0 if there is none. The newer field counts if it is set. */
static uint16_t control_port(const uint8_t *facp, size_t len, size_t at, size_t newer)
{
	uint64_t address = 0;

	if (newer + 12 <= len && facp[newer] == GAS_IO)
		address = le_get64(facp + newer + 4);
	if (address == 0 && at + 4 <= len)
		address = le_get32(facp + at);
	return address <= UINT16_MAX ? (uint16_t)address : 0;
}

static int plan_control(struct power_write *writes, uint16_t port, uint8_t type)
{
	const uint16_t typ = (uint16_t)(type << SLP_TYP_SHIFT);
	const uint16_t keep = (uint16_t)~(SLP_TYP_MASK | SLP_EN);

	if (port == 0)
		return 0;
	/* The type first, as the kernel does (acpi_hw_legacy_sleep()). */
	writes[0] = (struct power_write){ port, 16, keep, typ };
	writes[1] = (struct power_write){ port, 16, keep, typ | SLP_EN };
	return 2;
}

int power_plan_off(const struct sysroot *root, struct power_write *writes)
{
	_cleanup_free_ char *facp = NULL, *dsdt = NULL;
	size_t len = 0, dsdt_len = 0;
	const uint8_t *f;
	uint8_t a, b;
	int n;

	if (read_table(root, "FACP", &facp, &len) < 0 ||
	    read_table(root, "DSDT", &dsdt, &dsdt_len) < 0 ||
	    power_find_s5((const uint8_t *)dsdt, dsdt_len, &a, &b) < 0)
		return -ENOENT;
	f = (const uint8_t *)facp;
	n = plan_control(writes, control_port(f, len, FACP_PM1A_CNT, FACP_X_PM1A_CNT), a);
	n += plan_control(writes + n, control_port(f, len, FACP_PM1B_CNT, FACP_X_PM1B_CNT), b);
	return n > 0 ? n : -ENOENT;
}

int power_plan_reset(const struct sysroot *root, struct power_write *writes)
{
	_cleanup_free_ char *facp = NULL;
	const uint8_t *f;
	size_t len = 0;
	int n = 0;

	if (read_table(root, "FACP", &facp, &len) == 0 && len > FACP_RESET_VALUE) {
		f = (const uint8_t *)facp;
		if (le_get32(f + FACP_FLAGS) & FACP_FLAGS_RESET && f[FACP_RESET_REG] == GAS_IO &&
		    le_get64(f + FACP_RESET_REG + 4) <= UINT16_MAX)
			writes[n++] =
				(struct power_write){ (uint16_t)le_get64(f + FACP_RESET_REG + 4), 8,
						      0, f[FACP_RESET_VALUE] };
	}
	writes[n++] = (struct power_write){ PORT_RESET, 8, 0, 0x02 };
	writes[n++] = (struct power_write){ PORT_RESET, 8, 0, 0x06 };
	writes[n++] = (struct power_write){ PORT_KEYBOARD, 8, 0, KEYBOARD_PULSE_RESET };
	return n;
}

static void do_write(const struct power_write *w)
{
	uint16_t value = w->value;

	if (w->bits == 16) {
		if (w->keep)
			value |= inw(w->port) & w->keep;
		outw(value, w->port);
	} else {
		outb((uint8_t)value, w->port);
	}
}

int power_by_ports(const struct sysroot *root, bool off)
{
	struct power_write writes[POWER_MAX_WRITES];
	int n = off ? power_plan_off(root, writes) : power_plan_reset(root, writes), i;

	if (n < 0 || !sysroot_is_real(root))
		return n < 0 ? n : -EOPNOTSUPP;
	if (iopl(3) < 0)
		return -errno; /* the kernel is locked down, under Secure Boot */
	for (i = 0; i < n; i++)
		do_write(&writes[i]);
	return 0;
}

int power_by_sysrq(const struct sysroot *root, bool off)
{
	return sysroot_write(root, off ? "o" : "b", "proc/sysrq-trigger");
}

int power_by_kernel(const struct sysroot *root, bool off)
{
	if (!sysroot_is_real(root))
		return -EOPNOTSUPP;
	return reboot(off ? RB_POWER_OFF : RB_AUTOBOOT) < 0 ? -errno : 0;
}
