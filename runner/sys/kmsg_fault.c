/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the IOMMU has blocked. */
#include "sys/kmsg_fault.h"

#include <string.h>

#include "sys/kmsg.h"

static const struct {
	const char *match; /* glob over the text */
	const char *number; /* what stands before the address, in hexadecimal digits */
	enum kmsg_fault_kind kind;
} forms[] = {
	{ "*DMAR: [[]DMA *fault *", "fault addr 0x", KMSG_FAULT_MEMORY },
	{ "*DMAR: [[]INTR-REMAP[]]*", "fault index 0x", KMSG_FAULT_INTERRUPT },
	{ "*AMD-Vi: Event logged [[]IO_PAGE_FAULT *", "address=0x", KMSG_FAULT_MEMORY },
};

/* The hexadecimal number behind @name, 0 if there is none. */
static bool read_number(const char *text, const char *name, uint64_t *out)
{
	const char *at = strstr(text, name);
	char digits[20];

	*out = 0;
	if (!at)
		return false;
	at += strlen(name);
	util_format(digits, sizeof(digits), "%.*s", (int)strspn(at, "0123456789abcdefABCDEF"), at);
	return util_parse_u64(digits, 16, UINT64_MAX, out) == 0;
}

bool kmsg_read_fault(const struct kmsg_record *rec, struct kmsg_fault *out)
{
	struct kmsg_about about;
	uint64_t reason;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!strstr(rec->text, forms[i].number) || !util_glob(forms[i].match, rec->text))
			continue;
		kmsg_about(rec, &about);
		*out = (struct kmsg_fault){ .kind = forms[i].kind };
		if (about.n == 0 || !read_number(rec->text, forms[i].number, &out->address))
			return false;
		out->from = about.addrs[0];
		(void)read_number(rec->text, "[fault reason 0x", &reason);
		out->reason = (unsigned int)reason;
		if (out->kind == KMSG_FAULT_INTERRUPT && out->reason == KMSG_FAULT_IRQ_FORMAT)
			out->address = KMSG_FAULT_NO_INDEX;
		return true;
	}
	return false;
}

bool kmsg_is_suppressed_fault(const struct kmsg_record *rec)
{
	return util_glob("*dmar_fault: * callbacks suppressed*", rec->text) ||
	       util_glob("*amd_iommu*: * callbacks suppressed*", rec->text) ||
	       util_glob("*AMD-Vi*callbacks suppressed*", rec->text);
}
