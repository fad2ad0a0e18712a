/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads descriptions of machines and makes fake trees of them. */
#include "fake_card.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DEV "sys/bus/pci/devices/%s/"
#define VF_BAR_FIRST 7

static bool take_caps(struct card_caps *caps, const char *value)
{
	int used;

	while (*value) {
		if (caps->n == CARD_MAX_CAPS || sscanf(value, "%x:%x%n", &caps->at[caps->n].pos,
						       &caps->at[caps->n].id, &used) != 2)
			return false;
		caps->n++;
		value += used;
		value += strspn(value, " ");
	}
	return true;
}

static bool take_bars(struct pci_sriov *s, const char *value)
{
	unsigned long long bar;
	unsigned int i;
	int used;

	while (*value) {
		if (sscanf(value, "%u:%llx%n", &i, &bar, &used) != 2 || i >= PCI_VF_BARS)
			return false;
		s->bars[i] = (uint32_t)bar;
		if ((bar & 7) == 4 && i + 1 < PCI_VF_BARS)
			s->bars[i + 1] = (uint32_t)(bar >> 32);
		value += used;
		value += strspn(value, " ");
	}
	return true;
}

/* "total 8 initial 8 num 7 offset 384 stride 2 device 10ca link 0" and, if set, enable, ari. */
static bool take_sriov(struct pci_sriov *s, const char *value)
{
	unsigned int total, initial, num, offset, stride, device, link;

	if (sscanf(value,
		   "total %u initial %u num %u offset %u stride %u device %x function_link %x",
		   &total, &initial, &num, &offset, &stride, &device, &link) != 7)
		return false;
	s->total_vfs = (uint16_t)total;
	s->initial_vfs = (uint16_t)initial;
	s->num_vfs = (uint16_t)num;
	s->vf_offset = (uint16_t)offset;
	s->vf_stride = (uint16_t)stride;
	s->vf_device = (uint16_t)device;
	s->function_link = (uint8_t)link;
	s->vf_enable = strstr(value, " enable") != NULL;
	s->ari_hierarchy = strstr(value, " ari") != NULL;
	return true;
}

static bool take_type(unsigned int *type, const char *value)
{
	static const struct {
		const char *name;
		unsigned int type;
	} types[] = { { "endpoint", PCI_EXP_TYPE_ENDPOINT },
		      { "root", PCI_EXP_TYPE_ROOT_PORT },
		      { "up", PCI_EXP_TYPE_UPSTREAM },
		      { "down", PCI_EXP_TYPE_DOWNSTREAM },
		      { "integrated", PCI_EXP_TYPE_RC_END } };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(value, types[i].name) == 0) {
			*type = types[i].type;
			return true;
		}
	return false;
}

static bool take_text(char *dst, size_t size, const char *value)
{
	return util_strlcpy(dst, size, value);
}

static bool take_key(struct card_fn *f, const char *name, const char *value)
{
	if (strcmp(name, "ids") == 0)
		return sscanf(value, "%x:%x", &f->vendor, &f->device) == 2;
	if (strcmp(name, "class") == 0)
		return sscanf(value, "%x", &f->class) == 1;
	if (strcmp(name, "parent") == 0)
		return take_text(f->parent, sizeof(f->parent), value);
	if (strcmp(name, "vf_of") == 0)
		return take_text(f->vf_of, sizeof(f->vf_of), value);
	if (strcmp(name, "driver") == 0)
		return take_text(f->driver, sizeof(f->driver), value);
	if (strcmp(name, "link") == 0)
		return take_text(f->link, sizeof(f->link), value);
	if (strcmp(name, "buses") == 0)
		return sscanf(value, "%x-%x", &f->secondary, &f->subordinate) == 2;
	if (strcmp(name, "group") == 0)
		return sscanf(value, "%u", &f->group) == 1;
	if (strcmp(name, "config") == 0)
		return sscanf(value, "%u", &f->config) == 1;
	if (strcmp(name, "driver_vfs") == 0)
		return sscanf(value, "%d", &f->driver_vfs) == 1;
	if (strcmp(name, "ari_forwarding") == 0) {
		f->can_ari = strcmp(value, "none") != 0;
		f->does_ari = strcmp(value, "on") == 0;
		return f->does_ari || !f->can_ari || strcmp(value, "off") == 0;
	}
	if (strcmp(name, "type") == 0)
		return take_type(&f->type, value);
	if (strcmp(name, "caps") == 0)
		return take_caps(&f->caps, value);
	if (strcmp(name, "ext") == 0)
		return take_caps(&f->ext, value);
	if (strcmp(name, "sriov") == 0)
		return take_sriov(&f->sriov, value);
	if (strcmp(name, "vf_bars") == 0)
		return take_bars(&f->sriov, value);
	if (strcmp(name, "reserved") == 0)
		return f->direct = strcmp(value, "direct") == 0;
	return false;
}

static int take_line(void *arg, const char *section, const char *name, const char *value)
{
	struct card *card = arg;
	struct card_fn *f = card->n ? &card->fns[card->n - 1] : NULL;

	if (strcmp(section, "machine") == 0)
		return strcmp(name, "log") == 0 && card->n_log < CARD_MAX_LOG &&
		       take_text(card->log[card->n_log++], sizeof(card->log[0]), value);
	if (!f || strcmp(f->addr, section) != 0) {
		if (card->n == CARD_MAX_FNS)
			return 0;
		f = &card->fns[card->n++];
		*f = (struct card_fn){ .config = PCI_CONFIG_SIZE, .driver_vfs = -1 };
		if (!take_text(f->addr, sizeof(f->addr), section))
			return 0;
	}
	return take_key(f, name, value);
}

void card_parse(struct card *card, const char *text)
{
	int line;

	memset(card, 0, sizeof(*card));
	line = ini_parse_string(text, take_line, card);
	if (line != 0)
		fail_msg("description of a card: line %d is wrong", line);
	assert_true(card->n > 0);
}

static unsigned int speed_code(unsigned int mtps)
{
	static const unsigned int codes[] = { 0, 2500, 5000, 8000, 16000, 32000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i] == mtps)
			return i;
	return 0;
}

static void put_express(const struct card_fn *f, uint8_t *cap)
{
	unsigned int speed = 0, width = 0, max_speed = 0, max_width = 0;

	fake_put16(cap + PCI_EXP_FLAGS, (uint16_t)(f->type << 4 | 2));
	if (f->can_ari)
		fake_put32(cap + PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ARI);
	if (f->does_ari)
		fake_put16(cap + PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ARI);
	if (!f->link[0])
		return;
	assert_int_equal(
		sscanf(f->link, "%u x%u of %u x%u", &speed, &width, &max_speed, &max_width), 4);
	fake_put32(cap + PCI_EXP_LNKCAP, speed_code(max_speed) | max_width << 4);
	fake_put16(cap + PCI_EXP_LNKSTA, (uint16_t)(speed_code(speed) | width << 4));
}

static void put_sriov(const struct pci_sriov *s, uint8_t *cap)
{
	unsigned int i;

	fake_put16(cap + PCI_SRIOV_CTRL,
		   (uint16_t)((s->vf_enable ? PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE : 0) |
			      (s->ari_hierarchy ? PCI_SRIOV_CTRL_ARI : 0)));
	fake_put16(cap + PCI_SRIOV_INITIAL_VF, s->initial_vfs);
	fake_put16(cap + PCI_SRIOV_TOTAL_VF, s->total_vfs);
	fake_put16(cap + PCI_SRIOV_NUM_VF, s->num_vfs);
	cap[PCI_SRIOV_FUNC_LINK] = s->function_link;
	fake_put16(cap + PCI_SRIOV_VF_OFFSET, s->vf_offset);
	fake_put16(cap + PCI_SRIOV_VF_STRIDE, s->vf_stride);
	fake_put16(cap + PCI_SRIOV_VF_DID, s->vf_device);
	for (i = 0; i < PCI_VF_BARS; i++)
		fake_put32(cap + PCI_SRIOV_BAR + i * 4, s->bars[i]);
}

static void put_extended(const struct card_fn *f, uint8_t *d)
{
	unsigned int i;

	/* The list begins at 0x100; a recording may begin later. */
	if (f->ext.n && f->ext.at[0].pos != 0x100)
		fake_put32(d + 0x100, PCI_EXT_CAP_ID_VNDR | 1 << 16 | f->ext.at[0].pos << 20);
	for (i = 0; i < f->ext.n; i++) {
		unsigned int pos = f->ext.at[i].pos;
		unsigned int next = i + 1 < f->ext.n ? f->ext.at[i + 1].pos : 0;

		assert_true(pos >= 0x100 && pos + PCI_EXT_CAP_SRIOV_SIZEOF <= PCI_CONFIG_SIZE);
		fake_put32(d + pos, f->ext.at[i].id | 1 << 16 | next << 20);
		if (f->ext.at[i].id == PCI_EXT_CAP_ID_SRIOV)
			put_sriov(&f->sriov, d + pos);
	}
}

void card_config(const struct card_fn *f, struct pci_config *cfg)
{
	uint8_t *d = cfg->data;
	unsigned int i;

	memset(cfg, 0, sizeof(*cfg));
	cfg->len = f->config;
	fake_put16(d + PCI_VENDOR_ID, (uint16_t)f->vendor);
	fake_put16(d + PCI_DEVICE_ID, (uint16_t)f->device);
	fake_put32(d + PCI_CLASS_REVISION, f->class << 8);
	if (f->subordinate) {
		d[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
		d[PCI_SECONDARY_BUS] = (uint8_t)f->secondary;
		d[PCI_SUBORDINATE_BUS] = (uint8_t)f->subordinate;
	}
	if (f->caps.n) {
		fake_put16(d + PCI_STATUS, PCI_STATUS_CAP_LIST);
		d[PCI_CAPABILITY_LIST] = (uint8_t)f->caps.at[0].pos;
	}
	for (i = 0; i < f->caps.n; i++) {
		unsigned int pos = f->caps.at[i].pos;

		assert_in_range(pos, 0x40, 0x100 - 4);
		d[pos] = (uint8_t)f->caps.at[i].id;
		d[pos + 1] = (uint8_t)(i + 1 < f->caps.n ? f->caps.at[i + 1].pos : 0);
		if (f->caps.at[i].id == PCI_CAP_ID_EXP)
			put_express(f, d + pos);
	}
	put_extended(f, d);
}

static void __attribute__((format(printf, 4, 5)))
put_file(const struct fake_sysroot *fs, const char *addr, const char *attr, const char *fmt, ...)
{
	char path[256], text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	util_format(path, sizeof(path), DEV "%s", addr, attr);
	fake_file(fs, path, text);
}

/* The kernel's view: a VF BAR of which the register has no address has no resource. */
static void put_resources(const struct fake_sysroot *fs, const char *addr,
			  const struct pci_sriov *s)
{
	char path[256], text[2048] = "";
	bool upper = false;
	unsigned int i;

	for (i = 0; i < VF_BAR_FIRST + PCI_VF_BARS; i++) {
		const uint32_t *bar = i < VF_BAR_FIRST ? NULL : &s->bars[i - VF_BAR_FIRST];
		size_t used = strlen(text);
		uint64_t at = 0;

		if (bar && !upper) {
			upper = (*bar & 7) == 4 && i + 1 < VF_BAR_FIRST + PCI_VF_BARS;
			at = (*bar & ~0xfu) | (upper ? (uint64_t)bar[1] << 32 : 0);
		} else {
			upper = false;
		}
		util_format(text + used, sizeof(text) - used, "0x%016llx 0x%016llx 0x%016x\n",
			    (unsigned long long)at, (unsigned long long)(at ? at + 0xffff : 0),
			    at ? 0x14220c : 0);
	}
	util_format(path, sizeof(path), DEV "resource", addr);
	fake_file(fs, path, text);
}

static bool makes_netdev(const struct card_fn *f)
{
	return f->class >> 8 == 0x0200 && f->driver[0] && strcmp(f->driver, "vfio-pci") != 0;
}

static void put_vf_links(const struct fake_sysroot *fs, const struct card_fn *f)
{
	char path[256], target[64];
	unsigned int i = 0;

	if (!f->vf_of[0])
		return;
	util_format(path, sizeof(path), DEV "physfn", f->addr);
	util_format(target, sizeof(target), "../%s", f->vf_of);
	fake_link(fs, path, target);
	while (sysroot_exists(&fs->root, DEV "virtfn%u", f->vf_of, i))
		i++;
	util_format(path, sizeof(path), DEV "virtfn%u", f->vf_of, i);
	util_format(target, sizeof(target), "../%s", f->addr);
	fake_link(fs, path, target);
}

static void add_fn(struct fake_sysroot *fs, const struct card_fn *f, struct pci_config *cfg,
		   const char *ifname)
{
	int vfs = f->driver_vfs;
	struct pci_facts facts;
	char path[256];

	/* What a dump says of itself counts. */
	if (pci_decode(cfg, &facts) < 0)
		fail_msg("%s has no configuration space", f->addr);
	if (vfs <= 0)
		vfs = vfs < 0 ? facts.sriov.total_vfs : -1; /* -1: a file that reads 0 */
	fake_add_pci(fs, &(struct fake_pci){
				 .addr = f->addr,
				 .parent = f->parent[0] ? f->parent : NULL,
				 .vendor = facts.vendor,
				 .device = facts.device,
				 .class = facts.class,
				 .driver = f->driver[0] ? f->driver : NULL,
				 .ifname = ifname,
				 .group = (int)f->group,
				 .config = cfg,
				 .total_vfs = vfs,
				 .vf_offset = facts.sriov.vf_offset,
				 .vf_stride = facts.sriov.vf_stride,
				 .vf_device = facts.sriov.vf_device,
			 });
	put_file(fs, f->addr, "modalias", "pci:v%08Xd%08Xsv00000000sd00000000bc%02Xsc%02Xi%02X\n",
		 facts.vendor, facts.device, facts.class >> 16, facts.class >> 8 & 0xff,
		 facts.class & 0xff);
	if (facts.has_sriov && facts.sriov.total_vfs)
		put_resources(fs, f->addr, &facts.sriov);
	/* NumVFs without VF Enable means nothing. */
	if (facts.sriov.vf_enable)
		put_file(fs, f->addr, "sriov_numvfs", "%u\n", facts.sriov.num_vfs);
	put_vf_links(fs, f);
	if (f->direct) {
		util_format(path, sizeof(path), "sys/kernel/iommu_groups/%u/reserved_regions",
			    f->group);
		fake_file(fs, path,
			  "0x00000000fee00000 0x00000000feefffff msi\n"
			  "0x00000000bdffd000 0x00000000bdffffff direct\n");
	}
}

static bool is_added(const struct fake_sysroot *fs, const char *addr)
{
	return sysroot_exists(&fs->root, "sys/bus/pci/devices/%s", addr);
}

static void add_log(struct fake_sysroot *fs, const char *line)
{
	char *old = NULL, *text = NULL;
	size_t len;
	int n;

	if (sysroot_slurp(&fs->root, &old, &len, 1 << 20, "dev/kmsg") < 0)
		old = NULL;
	n = asprintf(&text, "%s6,1,1000,-;%s\n", old ? old : "", line);
	assert_true(n > 0);
	fake_file(fs, "dev/kmsg", text);
	free(old);
	free(text);
}

void card_build(struct fake_sysroot *fs, const struct card *card, const char *dump,
		const char *with_ifname, const char *ifname)
{
	struct pci_config *cfg = calloc(1, sizeof(*cfg));
	unsigned int round, i;
	struct pci_addr addr;
	char own[16];

	assert_non_null(cfg);
	/* Ports before what is below them, PFs before their VFs. */
	for (round = 0; round < CARD_MAX_FNS; round++)
		for (i = 0; i < card->n; i++) {
			const struct card_fn *f = &card->fns[i];

			if (is_added(fs, f->addr) || (f->parent[0] && !is_added(fs, f->parent)) ||
			    (f->vf_of[0] && !is_added(fs, f->vf_of)))
				continue;
			card_config(f, cfg);
			assert_int_equal(pci_addr_parse(f->addr, &addr), 0);
			if (dump)
				assert_int_equal(pci_read_dump(dump, &addr, 1, cfg), 0);
			util_format(own, sizeof(own), "card%u", i);
			if (!makes_netdev(f))
				add_fn(fs, f, cfg, NULL);
			else
				add_fn(fs, f, cfg,
				       with_ifname && strcmp(f->addr, with_ifname) == 0 ? ifname
											: own);
		}
	for (i = 0; i < card->n; i++)
		if (!is_added(fs, card->fns[i].addr))
			fail_msg("%s is below what is not described", card->fns[i].addr);
	for (i = 0; i < card->n_log; i++)
		add_log(fs, card->log[i]);
	free(cfg);
	fake_start_kernel(fs);
}

/* What is after the time stamp or the name of the sender, NULL if it is no kernel message. */
static const char *message_of(const char *line)
{
	const char *at = strstr(line, " kernel: ");

	if (at)
		return at + strlen(" kernel: ");
	line += strspn(line, "# \t");
	if (*line != '[' || !strchr(line, ']'))
		return NULL;
	line++;
	line += strspn(line, " ");
	at = line + strspn(line, "0123456789.");
	return *at == ']' && at > line ? at + 1 + strspn(at + 1, " ") : NULL;
}

void card_log_text(struct fake_sysroot *fs, const char *text, const char *from)
{
	char *copy = strdup(text), *line, *state = NULL;
	bool on = !from;

	assert_non_null(copy);
	for (line = strtok_r(copy, "\r\n", &state); line; line = strtok_r(NULL, "\r\n", &state)) {
		const char *message = message_of(line);

		if (from && strncmp(line, "## ", 3) == 0)
			on = strncmp(line + 3, from, strlen(from)) == 0 &&
			     line[3 + strlen(from)] == ' ';
		/* In a section, what has no time stamp is a message or goes on with one. */
		if (from && on && !message && line[0] != '#')
			message = line + strspn(line, " ");
		if (on && message)
			add_log(fs, message);
	}
	free(copy);
}
