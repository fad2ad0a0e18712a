/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parses the ACPI tables of IOMMUs. They come from firmware: every length in them is checked
 * against what encloses it, and a structure of length 0 ends the walk.
 */
#include "sys/acpi.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/le.h"
#include "base/sysroot.h"

#define ACPI_HEADER 36
#define STRUCTURES 48 /* where the structures of both tables begin */

enum { DMAR_DRHD, DMAR_RMRR, DMAR_ATSR, DMAR_RHSA };
enum { SCOPE_BRIDGE = 2, SCOPE_IOAPIC = 3, SCOPE_HPET = 4 };
enum {
	IVHD_10 = 0x10,
	IVHD_11 = 0x11,
	IVHD_40 = 0x40,
	IVMD_ALL = 0x20,
	IVMD_SELECT = 0x21,
	IVMD_RANGE = 0x22,
};
enum {
	IVHD_DEV_SPECIAL = 0x48,
	IVHD_DEV_ACPI_HID = 0xf0,
	IVHD_SPECIAL_IOAPIC = 1,
	IVHD_SPECIAL_HPET = 2
};

/* A part of the table: @p of @len bytes. */
struct span {
	const uint8_t *p;
	size_t len;
};

static int __attribute__((format(printf, 2, 3))) malformed(struct acpi_iommu *out, const char *fmt,
							   ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(out->error, sizeof(out->error), fmt, args);
	va_end(args);
	return -EBADMSG;
}

/* A place for the next region; NULL if no more are kept. */
static struct acpi_region *new_region(struct acpi_iommu *out, uint64_t start, uint64_t end,
				      uint16_t segment)
{
	struct acpi_region *r = NULL;

	if (out->n_regions < ACPI_MAX_REGIONS) {
		r = &out->regions[out->n_regions];
		*r = (struct acpi_region){
			.start = start, .end = end, .segment = segment, .devices = ""
		};
	}
	out->n_regions++;
	return r;
}

/* Adds a path to the region, the last one of the table: as a whole or not at all. */
static void add_device(struct acpi_iommu *out, struct acpi_region *r, const char *text)
{
	size_t len = strlen(text);

	if (out->devices_used + len + 2 > sizeof(out->devices)) {
		r->n_left_out++;
		return;
	}
	if (r->n_devices == 0)
		r->devices = out->devices + out->devices_used;
	else
		out->devices[out->devices_used - 1] = ' ';
	memcpy(out->devices + out->devices_used, text, len + 1);
	out->devices_used += len + 1;
	r->n_devices++;
}

static void add_id(uint64_t ids[4], uint8_t id)
{
	ids[id / 64] |= UINT64_C(1) << id % 64;
}

/* Device scopes: @r (may be NULL) gets their paths as text. */
static int parse_scopes(struct span s, struct acpi_region *r, struct acpi_iommu *out)
{
	while (s.len > 0) {
		size_t len = s.len >= 2 ? s.p[1] : 0, i, used;
		char path[sizeof("00:*") + UINT8_MAX / 2 * sizeof(":1f.7")];

		if (len < 8 || len > s.len || len % 2)
			return malformed(out, "device scope of %zu bytes where %zu are left", len,
					 s.len);
		out->ioapics += s.p[0] == SCOPE_IOAPIC;
		if (s.p[0] == SCOPE_IOAPIC)
			add_id(out->ioapic_ids, s.p[4]);
		if (s.p[0] == SCOPE_HPET)
			add_id(out->hpet_ids, s.p[4]);
		/* A start bus, then a device and function for each bridge on the way. */
		util_format(path, sizeof(path), "%02x", s.p[5]);
		for (i = 6; i + 1 < len; i += 2) {
			used = strlen(path);
			util_format(path + used, sizeof(path) - used, ":%02x.%x", s.p[i] & 0x1f,
				    s.p[i + 1] & 7);
		}
		if (s.p[0] == SCOPE_BRIDGE)
			util_strlcpy(path + strlen(path), 3, ":*");
		if (r)
			add_device(out, r, path);
		s.p += len;
		s.len -= len;
	}
	return 0;
}

static int parse_dmar_structure(unsigned int type, struct span s, struct acpi_iommu *out)
{
	static const size_t fixed[] = { 16, 24, 8, 20 };
	struct acpi_region *r = NULL;

	if (type >= ARRAY_SIZE(fixed)) {
		out->others++;
		return 0;
	}
	if (s.len < fixed[type])
		return malformed(out, "structure of type %u has only %zu bytes", type, s.len);
	switch (type) {
	case DMAR_DRHD:
		out->units++;
		if (le_get64(s.p + 8) == 0)
			return malformed(out, "remapping unit without a register base");
		break;
	case DMAR_RMRR:
		r = new_region(out, le_get64(s.p + 8), le_get64(s.p + 16), le_get16(s.p + 6));
		if (le_get64(s.p + 8) > le_get64(s.p + 16))
			return malformed(out, "reserved region ends before it starts");
		break;
	case DMAR_ATSR:
		out->root_port_ats++;
		break;
	case DMAR_RHSA:
		out->numa++;
		return 0;
	}
	s.p += fixed[type];
	s.len -= fixed[type];
	return parse_scopes(s, r, out);
}

/*
 * Takes the first structure from what is left of a table; in both tables its length is behind two
 * bytes. 1 if there was one, 0 at the end, or -errno.
 */
static int take_structure(struct span *s, struct span *one, struct acpi_iommu *out)
{
	size_t len = s->len >= 4 ? le_get16(s->p + 2) : 0;

	if (s->len == 0)
		return 0;
	if (len < 4 || len > s->len)
		return malformed(out, "structure of %zu bytes where %zu are left", len, s->len);
	*one = (struct span){ s->p, len };
	s->p += len;
	s->len -= len;
	return 1;
}

static int parse_dmar(struct span s, struct acpi_iommu *out)
{
	uint8_t flags = s.p[37];
	struct span one;
	int ret;

	out->address_width = s.p[36] + 1u;
	out->intr_remap = flags & 1;
	out->x2apic_opt_out = flags & 2;
	out->platform_opt_in = flags & 4;
	s.p += STRUCTURES;
	s.len -= STRUCTURES;
	while ((ret = take_structure(&s, &one, out)) > 0) {
		ret = parse_dmar_structure(le_get16(one.p), one, out);
		if (ret < 0)
			return ret;
	}
	if (ret < 0)
		return ret;
	return out->units ? 0 : malformed(out, "no remapping unit (DRHD) in the table");
}

/*
 * Blocks of types 11h and 40h describe the IOMMUs of type 10h once more, for software that knows
 * them, so each type is counted for itself.
 */
struct ivhd_count {
	unsigned int units, ioapics;
};

/* The device entries of an IVHD block. Their size follows from their type. */
static int parse_ivhd_devices(struct span s, unsigned int *ioapics, struct acpi_iommu *out)
{
	while (s.len > 0) {
		unsigned int type = s.p[0];
		size_t len = (size_t)4 << (type >> 6);

		if (type == IVHD_DEV_ACPI_HID)
			len = s.len >= 22 ? 22u + s.p[21] : SIZE_MAX;
		if (len > s.len)
			return malformed(out, "device entry %#x does not fit in %zu bytes", type,
					 s.len);
		*ioapics += type == IVHD_DEV_SPECIAL && s.p[7] == IVHD_SPECIAL_IOAPIC;
		if (type == IVHD_DEV_SPECIAL && s.p[7] == IVHD_SPECIAL_IOAPIC)
			add_id(out->ioapic_ids, s.p[4]);
		if (type == IVHD_DEV_SPECIAL && s.p[7] == IVHD_SPECIAL_HPET)
			add_id(out->hpet_ids, s.p[4]);
		s.p += len;
		s.len -= len;
	}
	return 0;
}

static int parse_ivhd(struct span s, struct ivhd_count *count, struct acpi_iommu *out)
{
	size_t fixed = s.p[0] == IVHD_10 ? 24 : 40;

	if (s.len < fixed)
		return malformed(out, "IVHD block has only %zu bytes", s.len);
	if (le_get64(s.p + 8) == 0)
		return malformed(out, "IOMMU without a register base");
	s.p += fixed;
	s.len -= fixed;
	count->units++;
	return parse_ivhd_devices(s, &count->ioapics, out);
}

static int parse_ivmd(struct span s, struct acpi_iommu *out)
{
	struct acpi_region *r;
	uint64_t start, len;
	char text[32];

	if (s.len < 32)
		return malformed(out, "IVMD block has only %zu bytes", s.len);
	start = le_get64(s.p + 16);
	len = le_get64(s.p + 24);
	r = new_region(out, start, start + len - 1, 0);
	if (len == 0 || start + len - 1 < start)
		return malformed(out, "reserved region ends before it starts");
	if (!r)
		return 0;
	if (s.p[0] == IVMD_ALL)
		util_strlcpy(text, sizeof(text), "all");
	else if (s.p[0] == IVMD_SELECT)
		util_format(text, sizeof(text), "%02x:%02x.%x", s.p[5], s.p[4] >> 3, s.p[4] & 7);
	else
		util_format(text, sizeof(text), "%02x:%02x.%x-%02x:%02x.%x", s.p[5], s.p[4] >> 3,
			    s.p[4] & 7, s.p[7], s.p[6] >> 3, s.p[6] & 7);
	add_device(out, r, text);
	return 0;
}

static int parse_ivrs_block(struct span s, struct ivhd_count counts[3], struct acpi_iommu *out)
{
	switch (s.p[0]) {
	case IVHD_10:
		return parse_ivhd(s, &counts[0], out);
	case IVHD_11:
		return parse_ivhd(s, &counts[1], out);
	case IVHD_40:
		return parse_ivhd(s, &counts[2], out);
	case IVMD_ALL:
	case IVMD_SELECT:
	case IVMD_RANGE:
		return parse_ivmd(s, out);
	}
	out->others++;
	return 0;
}

static int parse_ivrs(struct span s, struct acpi_iommu *out)
{
	struct ivhd_count counts[3] = { 0 };
	struct span one;
	unsigned int i;
	int ret;

	out->address_width = le_get32(s.p + 36) >> 8 & 0x7f;
	s.p += STRUCTURES;
	s.len -= STRUCTURES;
	while ((ret = take_structure(&s, &one, out)) > 0) {
		ret = parse_ivrs_block(one, counts, out);
		if (ret < 0)
			return ret;
	}
	if (ret < 0)
		return ret;
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		if (counts[i].units > out->units)
			out->units = counts[i].units;
		if (counts[i].ioapics > out->ioapics)
			out->ioapics = counts[i].ioapics;
	}
	return out->units ? 0 : malformed(out, "no IOMMU (IVHD) in the table");
}

const char *acpi_why_no_irq_remap(const struct acpi_iommu *t)
{
	if (!t->amd && !t->intr_remap)
		return "DMAR without INTR_REMAP";
	if (t->ioapics == 0)
		return t->amd ? "IVRS without I/O APIC" : "DMAR without I/O APIC";
	return NULL;
}

int acpi_parse_iommu(const void *table, size_t len, struct acpi_iommu *out)
{
	struct span s = { table, len };
	uint8_t sum = 0;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (len < STRUCTURES)
		return malformed(out, "table of only %zu bytes", len);
	out->amd = memcmp(s.p, "IVRS", 4) == 0;
	if (!out->amd && memcmp(s.p, "DMAR", 4) != 0)
		return malformed(out, "neither DMAR nor IVRS");
	out->length = le_get32(s.p + 4);
	if (out->length < STRUCTURES || out->length > len)
		return malformed(out, "length %u in a table of %zu bytes", out->length, len);
	s.len = out->length;
	for (i = 0; i < s.len; i++)
		sum = (uint8_t)(sum + s.p[i]);
	if (sum != 0)
		return malformed(out, "wrong checksum");
	return out->amd ? parse_ivrs(s, out) : parse_dmar(s, out);
}

int acpi_read_iommu(const struct sysroot *root, const char *signature, struct acpi_iommu *out)
{
	_cleanup_free_ char *table = NULL;
	size_t len;
	int ret = sysroot_slurp(root, &table, &len, ACPI_MAX_TABLE, "sys/firmware/acpi/tables/%s",
				signature);

	memset(out, 0, sizeof(*out));
	return ret < 0 ? ret : acpi_parse_iommu(table, len, out);
}
