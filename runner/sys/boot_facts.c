/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/boot_facts.h"

#include <ctype.h>
#include <string.h>
#include <sys/utsname.h>
#include "base/le.h"
#include "base/sysroot.h"

#define EFI "sys/firmware/efi"
#define VARIABLE EFI "/efivars/%s-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define ATTRIBUTES 4u /* efivarfs writes them before the value */
#define NOTES_MAX 65536u
#define NOTE_HEADER 12u /* three words: length of the name, of the content, and the type */
#define NT_GNU_BUILD_ID 3u
#define MAX_ID 32u /* bytes */
#define TPM "sys/class/tpm/tpm0"
#define PCRS 16

static size_t pad(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

bool boot_facts_build_id(const void *notes, size_t len, char id[BOOT_FACTS_ID])
{
	const uint8_t *note = notes;

	id[0] = '\0';
	while (len >= NOTE_HEADER) {
		const size_t name = le_get32(note), desc = le_get32(note + 4);
		const uint8_t *content;
		size_t i;

		if (name > len || desc > len || pad(name) + pad(desc) > len - NOTE_HEADER)
			return false;
		content = note + NOTE_HEADER + pad(name);
		if (le_get32(note + 8) == NT_GNU_BUILD_ID && name == 4 && desc > 0 &&
		    desc <= MAX_ID && memcmp(note + NOTE_HEADER, "GNU", 4) == 0) {
			for (i = 0; i < desc; i++)
				util_format(id + 2 * i, 3, "%02x", content[i]);
			return true;
		}
		note = content + pad(desc);
		len -= NOTE_HEADER + pad(name) + pad(desc);
	}
	return false;
}

static json_t *read_kernel(const struct sysroot *root)
{
	_cleanup_free_ char *notes = NULL;
	char release[sizeof(((struct utsname *)NULL)->release)] = "", id[BOOT_FACTS_ID] = "";
	size_t len;

	if (sysroot_read(root, release, sizeof(release), "proc/sys/kernel/osrelease") < 0)
		release[0] = '\0';
	if (sysroot_slurp(root, &notes, &len, NOTES_MAX, "sys/kernel/notes") == 0)
		(void)!boot_facts_build_id(notes, len, id);
	return json_pack("{s:s, s:s}", "release", release, "build_id", id);
}

/* The value of a variable of one byte; -1: it cannot be read. */
static int read_flag(const struct sysroot *root, const char *name)
{
	_cleanup_free_ char *value = NULL;
	size_t len;

	if (sysroot_slurp(root, &value, &len, 64, VARIABLE, name) < 0 || len != ATTRIBUTES + 1)
		return -1;
	return (uint8_t)value[ATTRIBUTES];
}

static const char *read_secure_boot(const struct sysroot *root)
{
	int on;

	if (!sysroot_exists(root, EFI))
		return "no UEFI";
	on = read_flag(root, "SecureBoot");
	if (on == 0 && read_flag(root, "SetupMode") == 1)
		return "setup mode";
	return on < 0 ? "unknown" : on == 1 ? "on" : "off";
}

/* "[none] integrity confidentiality": the one in brackets. */
static void read_lockdown(const struct sysroot *root, char *buf, size_t size)
{
	char text[128], *word;

	util_strlcpy(buf, size, "unknown");
	if (sysroot_read(root, text, sizeof(text), "sys/kernel/security/lockdown") < 0)
		return;
	word = strchr(text, '[');
	if (!word || !strchr(word, ']'))
		return;
	*strchr(word, ']') = '\0';
	util_strlcpy(buf, size, word + 1);
	util_sanitise(buf);
}

/* 64 hexadecimal digits, in lower case; "" if it is anything else. */
static void read_pcr(const struct sysroot *root, unsigned int number, char *hex, size_t size)
{
	size_t i;

	if (sysroot_read(root, hex, size, TPM "/pcr-sha256/%u", number) < 0)
		hex[0] = '\0';
	for (i = 0; hex[i]; i++)
		hex[i] = (char)tolower((unsigned char)hex[i]);
	if (i != 64 || strspn(hex, "0123456789abcdef") != i)
		hex[0] = '\0';
}

static json_t *read_tpm(const struct sysroot *root)
{
	char version[16] = "", hex[80];
	json_t *pcrs;
	unsigned int i;

	if (!sysroot_exists(root, TPM))
		return json_null();
	if (sysroot_read(root, version, sizeof(version), TPM "/tpm_version_major") < 0)
		version[0] = '\0';
	util_sanitise(version);
	pcrs = json_array();
	for (i = 0; i < PCRS; i++) {
		read_pcr(root, i, hex, sizeof(hex));
		json_array_append_new(pcrs, json_string(hex));
	}
	return json_pack("{s:s, s:s, s:o}", "version", version, "bank", "sha256", "pcrs", pcrs);
}

/* Bits of /proc/sys/kernel/tainted: Documentation/admin-guide/tainted-kernels.rst. */
static const char *const taints[] = {
	"proprietary module (P)",
	"module loaded by force (F)",
	"out of specification (S)",
	"module removed by force (R)",
	"machine check (M)",
	"bad page (B)",
	"asked for by user space (U)",
	"kernel died (D)",
	"ACPI table overridden (A)",
	"warning (W)",
	"staging driver (C)",
	"workaround for a firmware bug (I)",
	"module from outside of the kernel's tree (O)",
	"unsigned module (E)",
	"soft lockup (L)",
	"live patch (K)",
	"auxiliary, set by a distribution (X)",
	"structures in a random order (T)",
	"test of the kernel itself (N)",
};

static json_t *read_taint(const struct sysroot *root)
{
	json_t *flags = json_array();
	uint64_t value;
	unsigned int i;

	if (sysroot_read_u64(root, &value, "proc/sys/kernel/tainted") < 0 || value > INT64_MAX)
		return json_pack("{s:i, s:o}", "value", -1, "flags", flags);
	for (i = 0; i < 63; i++)
		if (value & 1ull << i)
			json_array_append_new(flags, i < ARRAY_SIZE(taints)
							     ? json_string(taints[i])
							     : json_sprintf("bit %u", i));
	return json_pack("{s:I, s:o}", "value", (json_int_t)value, "flags", flags);
}

json_t *boot_facts_read(const struct sysroot *root)
{
	char lockdown[32];

	read_lockdown(root, lockdown, sizeof(lockdown));
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "secure_boot", read_secure_boot(root),
			 "lockdown", lockdown, "kernel", read_kernel(root), "tpm", read_tpm(root),
			 "taint", read_taint(root));
}
