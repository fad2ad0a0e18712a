/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refusals of QEMU's, and that nothing is left of what was refused. */
#include "cases/refusal.h"

#include <errno.h>
#include <string.h>

#define REFUSAL_TEXT 200

/* @ret is what became of @asked. Returns 0 if it was refused as it has to be. */
static int refusal_judge(struct guest *g, int ret, const struct refusal *want, const char *asked)
{
	struct ctx *ctx = g->ctx;
	const char *class = vm_qmp_error_class(g->vm), *text = vm_qmp_error(g->vm);
	const char *monitor = vm_monitor_name(want->monitor);
	char expected[REFUSAL_TEXT];

	util_format(expected, sizeof(expected), "refused%s%s: %s", want->class[0] ? " as " : "",
		    want->class, want->text);
	if (ret == 0) {
		ctx_fail(ctx, "refusal_missing", expected, "%s, %s: accepted", monitor, asked);
		return -EPROTO;
	}
	if (ret != -EREMOTEIO)
		return guest_lost(g, ret, asked);
	if (strcmp(class, want->class) != 0 || !util_glob(want->text, text)) {
		ctx_fail(ctx, "refusal_other", expected, "%s, %s: %s: %s", monitor, asked, class,
			 text);
		return -EPROTO;
	}
	ctx_evidence(ctx, "refused", "%s, %s: %s%s%s", monitor, asked, class, class[0] ? ": " : "",
		     text);
	return 0;
}

/* Takes away what should never have come, so that cases that follow can use the guest. */
static void refusal_take_back(struct guest *g)
{
	if (vm_device_del(g->vm, VM_MONITOR_QMP, REFUSAL_ID, ctx_ms(g->ctx, GUEST_PLUG_MS)) < 0 ||
	    vm_wait_deleted(g->vm, REFUSAL_ID, ctx_ms(g->ctx, GUEST_PLUG_MS)) < 0)
		ctx_evidence(g->ctx, "refused.left", "%s is still in the guest", REFUSAL_ID);
}

/* Nothing of a device that was refused is in the guest. */
static int refusal_check_left(struct guest *g)
{
	char place[PCI_ADDR_STRLEN];
	struct pci_addr addr;
	int ret = vm_guest_addr(g->vm, REFUSAL_ID, &addr);

	if (ret == -ENODEV)
		return 0;
	if (ret < 0)
		return guest_lost(g, ret, "its devices are listed");
	ctx_fail(g->ctx, "refusal_left", "a device that was refused is not in the guest",
		 "%s is at %s", REFUSAL_ID, pci_addr_format(&addr, place));
	return -EEXIST;
}

/* Has a device_add refused. @addr may be NULL. */
static int refusal_add_once(struct guest *g, const char *host, const char *id, const char *addr,
			    const struct refusal *want)
{
	json_t *props = guest_plug_props(host, id, guest_free_port(g));
	const bool taken = strcmp(id, REFUSAL_ID) != 0;
	char asked[96];
	int ret;

	if (!props || (addr && json_object_set_new(props, "addr", json_string(addr)) < 0))
		return ctx_error(g->ctx, -ENOMEM, "no memory for a command");
	util_format(asked, sizeof(asked), "device_add host=%s%s%s%s%s", host, addr ? " addr=" : "",
		    addr ? addr : "", taken ? " id=" : "", taken ? id : "");
	ret = vm_device_add(g->vm, want->monitor, props, ctx_ms(g->ctx, GUEST_PLUG_MS));
	/* Of two with one id it would be left to chance which one goes. */
	if (ret == 0 && !taken)
		refusal_take_back(g);
	return refusal_judge(g, ret, want, asked);
}

int refusal_check_add(struct guest *g, const char *host, const char *addr,
		      const struct refusal want[REFUSAL_MONITORS])
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < REFUSAL_MONITORS; i++)
		ret = refusal_add_once(g, host, REFUSAL_ID, addr, &want[i]);
	return ret < 0 ? ret : refusal_check_left(g);
}

int refusal_check_id(struct guest *g, const char *host, const char *id,
		     const struct refusal want[REFUSAL_MONITORS])
{
	char was[PCI_ADDR_STRLEN], is[PCI_ADDR_STRLEN];
	struct pci_addr before, after;
	int ret = vm_guest_addr(g->vm, id, &before);

	for (unsigned int i = 0; ret == 0 && i < REFUSAL_MONITORS; i++) {
		ret = refusal_add_once(g, host, id, NULL, &want[i]);
		if (ret < 0)
			return ret;
	}
	if (ret == 0)
		ret = vm_guest_addr(g->vm, id, &after);
	if (ret < 0)
		return guest_lost(g, ret, "its devices are listed");
	if (pci_addr_cmp(&before, &after) == 0)
		return 0;
	ctx_fail(g->ctx, "refusal_left", "the device that has the id keeps its place",
		 "%s was at %s and is at %s", id, pci_addr_format(&before, was),
		 pci_addr_format(&after, is));
	return -EPROTO;
}

int refusal_check_del(struct guest *g, const char *id, const struct refusal want[REFUSAL_MONITORS])
{
	char asked[64];
	int ret = 0;

	util_format(asked, sizeof(asked), "device_del %s", id);
	for (unsigned int i = 0; ret == 0 && i < REFUSAL_MONITORS; i++) {
		ret = vm_device_del(g->vm, want[i].monitor, id, ctx_ms(g->ctx, GUEST_PLUG_MS));
		ret = refusal_judge(g, ret, &want[i], asked);
	}
	return ret;
}
