/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A nested guest with assigned devices: boot, devices, kernel messages, end. */
#include "cases/guest.h"

#include <errno.h>
#include <string.h>

#include "core/advice.h"
#include "sys/inventory.h"
#include "sys/link.h"

#define GUEST_BOOT_MS 90000
#define GUEST_NETDEV_MS 30000
#define GUEST_LINK_MS 30000
#define GUEST_CALL_MS 15000
#define GUEST_KLOG_EVIDENCE 8

/* A call to the agent failed: says which of the ways in which a guest can die it was. */
static int guest_lost(struct guest *g, int err, const char *doing)
{
	if (vm_ended(g->vm))
		ctx_fail(g->ctx, "guest_died", "the guest runs until it is powered off",
			 "while %s: %s", doing, vm_end_text(g->vm));
	else
		ctx_fail(g->ctx, "guest_no_answer", "the guest's agent answers", "while %s: %s",
			 doing, strerror(-err));
	return err;
}

int guest_boot(struct guest *g, const struct rig *rig, unsigned int first, unsigned int n)
{
	struct ctx *ctx = rig->ctx;
	struct vm_config cfg = {
		.memory_mb = ctx->settings->guest_memory_mb,
		.n_devices = n,
	};
	uint64_t start = util_now_ms();
	struct agent_hello hello;
	int ret;

	*g = (struct guest){ .ctx = ctx, .rig = rig, .n_nics = n };
	if (settings_fault_is(ctx->settings, ctx->settings->fault, ctx->def->id))
		cfg.fault = ctx->settings->fault;
	for (unsigned int i = 0; i < n; i++) {
		g->nics[i].vf = &rig->vfs[first + i];
		util_format(g->nics[i].id, sizeof(g->nics[i].id), "hostdev%u", i);
		cfg.devices[i] = g->nics[i].vf->addr;
	}
	ret = vm_start(ctx, &cfg, &g->vm);
	if (ret < 0)
		return ret;
	ret = vm_wait_ready(g->vm, &hello, rig_ms(ctx, GUEST_BOOT_MS));
	if (ret < 0)
		return guest_lost(g, ret, "booting");
	ctx_evidence(ctx, "guest.hello_ms", "%u", (unsigned int)(util_now_ms() - start));
	ctx_evidence(ctx, "guest.kernel", "%s", hello.kernel);
	return 0;
}

/* Strings from a guest are not trusted to be any. */
static void guest_clean_netdev(struct agent_netdev *n)
{
	n->ifname[sizeof(n->ifname) - 1] = '\0';
	n->driver[sizeof(n->driver) - 1] = '\0';
	n->pci[sizeof(n->pci) - 1] = '\0';
	util_sanitise(n->ifname);
	util_sanitise(n->driver);
	util_sanitise(n->pci);
}

struct guest_netdev_wait {
	struct guest *g;
	struct guest_nic *nic;
	int err; /* of the call, if that is what ended the wait */
	bool found;
	char pci[PCI_ADDR_STRLEN]; /* where the guest has the device, "" if nowhere */
	char seen[160]; /* what the guest has */
};

/* Asks the guest for its netdevs (upon which it loads drivers) and looks for the NIC's. */
static bool guest_find_netdev(void *arg)
{
	struct guest_netdev_wait *w = arg;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	struct pci_addr addr;
	unsigned int n;
	size_t used = 0;
	int ret = vm_guest_addr(w->g->vm, w->nic->id, &addr);

	w->pci[0] = '\0';
	if (ret == 0)
		pci_addr_format(&addr, w->pci);
	if (ret == 0 || ret == -ENODEV)
		ret = vm_agent_call(w->g->vm, AGENT_NETDEVS, NULL, 0, devs, sizeof(devs),
				    rig_ms(w->g->ctx, GUEST_CALL_MS));
	if (ret < 0) {
		w->err = ret;
		return true;
	}
	n = (unsigned int)ret / sizeof(devs[0]);
	w->seen[0] = '\0';
	for (unsigned int i = 0; i < n; i++) {
		guest_clean_netdev(&devs[i]);
		if (used < sizeof(w->seen) - 1)
			used += (size_t)snprintf(w->seen + used, sizeof(w->seen) - used,
						 " %s (%s at %s)", devs[i].ifname, devs[i].driver,
						 devs[i].pci);
		if (w->pci[0] != '\0' && strcmp(devs[i].pci, w->pci) == 0 && !w->found) {
			w->nic->netdev = devs[i];
			w->found = true;
		}
	}
	return w->found;
}

static int guest_wait_netdev(struct guest *g, struct guest_nic *nic)
{
	struct guest_netdev_wait w = { .g = g, .nic = nic };
	/* The result is in @w. */
	int ret = util_poll_until(guest_find_netdev, &w, rig_ms(g->ctx, GUEST_NETDEV_MS));

	if (w.err < 0)
		return guest_lost(g, w.err, "looking for the network device");
	if (w.found)
		return 0;
	ctx_fail(g->ctx, "guest_no_netdev", "the guest has a network device for the VF",
		 "VF %u at %s in the guest: no network device; the guest has:%s", nic->vf->index,
		 w.pci[0] ? w.pci : "no place", w.seen[0] ? w.seen : " none");
	return ret < 0 ? ret : -ENODEV;
}

static int guest_check_driver(struct guest *g, const struct guest_nic *nic)
{
	const struct profile *profile = g->ctx->pf->profile;
	const char *driver = profile ? profile->vf_driver : "";
	char mac[18];

	ctx_evidence(g->ctx, "guest.netdev", "VF %u: %s, %s at %s, %s", nic->vf->index,
		     nic->netdev.ifname, nic->netdev.driver, nic->netdev.pci,
		     link_mac_format(nic->netdev.mac, mac));
	if (nic->netdev.driver[0] != '\0' &&
	    (driver[0] == '\0' || strcmp(nic->netdev.driver, driver) == 0))
		return 0;
	ctx_fail(g->ctx, "guest_wrong_driver", driver[0] ? driver : "a driver",
		 "VF %u is driven by \"%s\" in the guest", nic->vf->index, nic->netdev.driver);
	return -ENXIO;
}

static int guest_check_mac(struct guest *g, const struct guest_nic *nic)
{
	char want[18], got[18];

	if (nic->vf->mac_set ? memcmp(nic->netdev.mac, nic->vf->mac, 6) == 0
			     : link_mac_valid(nic->netdev.mac))
		return 0;
	link_mac_format(nic->netdev.mac, got);
	link_mac_format(nic->vf->mac, want);
	ctx_fail(g->ctx, "guest_wrong_mac", nic->vf->mac_set ? want : "a valid unicast MAC",
		 "VF %u has %s in the guest", nic->vf->index, got);
	return -EADDRNOTAVAIL;
}

static int guest_link_up(struct guest *g, struct guest_nic *nic)
{
	unsigned int ms = rig_ms(g->ctx, GUEST_LINK_MS);
	struct agent_link req = { .timeout_ms = ms };
	struct agent_netdev up;
	int ret;

	memcpy(req.ifname, nic->netdev.ifname, sizeof(req.ifname));
	ret = vm_agent_call(g->vm, AGENT_LINK_UP, &req, sizeof(req), &up, sizeof(up),
			    ms + GUEST_CALL_MS);
	if (ret == -ENOLINK) {
		ctx_fail(g->ctx, "guest_no_link", "the VF's link comes up in the guest",
			 "VF %u (%s) is up and has no carrier after %u s", nic->vf->index,
			 req.ifname, ms / 1000);
		return ret;
	}
	if (ret == sizeof(up) && up.carrier && up.up) {
		guest_clean_netdev(&up);
		nic->netdev = up;
		ctx_evidence(g->ctx, "guest.link", "VF %u: up, %d Mb/s", nic->vf->index,
			     up.speed_mbps);
		return 0;
	}
	if (ret >= 0)
		ret = -EPROTO;
	if (vm_ended(g->vm) || ret == -ETIMEDOUT || ret == -EPROTO)
		return guest_lost(g, ret, "bringing the link up");
	ctx_fail(g->ctx, "guest_no_link", "the VF's link comes up in the guest",
		 "VF %u (%s) cannot be brought up: %s", nic->vf->index, req.ifname, strerror(-ret));
	return ret;
}

int guest_check_nic(struct guest *g, unsigned int i)
{
	struct guest_nic *nic = &g->nics[i];
	int ret = guest_wait_netdev(g, nic), mac;

	if (ret == 0)
		ret = guest_check_driver(g, nic);
	if (ret < 0)
		return ret;
	/* The link first: a VF driver that its PF does not answer has no link and a MAC of its own.
	 */
	ret = guest_link_up(g, nic);
	mac = guest_check_mac(g, nic);
	return ret < 0 ? ret : mac;
}

/* The guest's kernel messages, printable lines, in @text of AGENT_MAX_PAYLOAD + 1 bytes. */
static int guest_read_klog(struct guest *g, char *text, unsigned int timeout_ms)
{
	int n = vm_agent_call(g->vm, AGENT_KLOG, NULL, 0, text, AGENT_MAX_PAYLOAD, timeout_ms);

	if (n < 0)
		return n;
	text[n] = '\0';
	for (int i = 0; i < n; i++)
		if (text[i] != '\n' && (text[i] < ' ' || text[i] > '~'))
			text[i] = '?';
	return 0;
}

/* @line is "<level>text". Returns true if it is worth being quoted. */
static bool guest_judge_line(struct ctx *ctx, const char *line)
{
	const char *quiet = "the guest's kernel has no complaint";
	const struct symptom *s;

	if (line[0] != '<' || line[1] < '0' || line[1] > '7' || line[2] != '>')
		return false;
	s = symptom_match(SYMPTOM_KERNEL, line + 3);
	if (s && s->severity == VERDICT_PASS)
		return false;
	if (s && s->severity == VERDICT_FAIL) {
		ctx_evidence(ctx, "guest.symptom", "%s: %s", s->label, line + 3);
		ctx_fail(ctx, "guest_kernel_complaint", quiet, "%s", line + 3);
	} else if (s) {
		ctx_warn(ctx, s->label, quiet, "%s", line + 3);
	} else if (line[1] <= '3') {
		ctx_warn(ctx, "guest_kernel_complaint", quiet, "%s", line + 3);
	} else {
		return false;
	}
	return true;
}

int guest_check_klog(struct guest *g)
{
	char text[AGENT_MAX_PAYLOAD + 1], *line, *save;
	unsigned int complaints = 0;
	int ret = guest_read_klog(g, text, rig_ms(g->ctx, GUEST_CALL_MS));

	if (ret < 0)
		return guest_lost(g, ret, "reading its kernel messages");
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		complaints += guest_judge_line(g->ctx, line);
	ctx_evidence(g->ctx, "guest.complaints", "%u", complaints);
	return 0;
}

int guest_end(struct guest *g)
{
	int ret = vm_stop(util_take_ptr(g->vm));

	if (ret == 0) {
		ctx_evidence(g->ctx, "guest.end", "powered off");
		return 0;
	}
	ctx_fail(g->ctx, "guest_no_poweroff", "the guest powers off when it is asked to",
		 "it had to be ended by force");
	return ret;
}

void guest_cleanup(struct guest *g)
{
	char text[AGENT_MAX_PAYLOAD + 1], *line, *save;
	unsigned int n = 0;

	if (!g->vm)
		return;
	if (ctx_failed(g->ctx) && !vm_ended(g->vm) &&
	    guest_read_klog(g, text, ctx_time_left_ms(g->ctx, 3000)) == 0)
		for (line = strtok_r(text, "\n", &save); line && n < GUEST_KLOG_EVIDENCE;
		     line = strtok_r(NULL, "\n", &save), n++)
			ctx_evidence(g->ctx, "guest.kernel_log", "%s", line);
	vm_stop(util_take_ptr(g->vm));
}
