/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A nested guest with assigned devices: boot, devices, end. */
#include "cases/guest.h"

#include <errno.h>
#include <string.h>

#include "cases/lacking.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "vm/vm_plug.h"

#define GUEST_BOOT_MS 90000
#define GUEST_NETDEV_MS 30000
#define GUEST_LINK_MS 30000
#define GUEST_PLACES 4
#define GUEST_CALL_MS 15000
/* What the rings of a NIC may take; the setting is for up to two. */
#define GUEST_NIC_MB 16u
#define GUEST_FEW_NICS 2u
/* A processor has some 200 interrupt vectors, and a NIC with its root port takes three or more. */
#define GUEST_NICS_PER_CPU 16u

/* "guest 2: booting", or as it is for the only guest. */
static const char *guest_say(const struct guest *g, const char *what, char *buf, size_t size)
{
	util_format(buf, size, "%s%s%s", g->name, g->name[0] ? ": " : "", what);
	return buf;
}

void guest_note_place(struct guest *g)
{
	char text[4096], *line, *save;

	if (vm_ended(g->vm) ||
	    vm_hmp(g->vm, "info registers", text, sizeof(text), ctx_ms(g->ctx, GUEST_CALL_MS)) < 0)
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "RIP=", 4) == 0)
			ctx_evidence(g->ctx, "guest.registers", "%s: %s", g->name, util_trim(line));
}

int guest_lost(struct guest *g, int err, const char *doing)
{
	char text[120];

	guest_say(g, doing, text, sizeof(text));
	if (vm_ended(g->vm))
		ctx_fail(g->ctx, "guest_died", "the guest runs until it is powered off",
			 "while %s: %s", text, vm_end_text(g->vm));
	else
		ctx_fail(g->ctx, "guest_no_answer", "the guest's agent answers", "while %s: %s",
			 text, strerror(-err));
	guest_note_place(g);
	return err;
}

struct guest_nic *guest_new_nic(struct guest *g, const char *what, const char *id, int port,
				unsigned int *index)
{
	unsigned int i = 0;

	while (i < g->n_nics && g->nics[i].id[0] != '\0')
		i++;
	if (i == ARRAY_SIZE(g->nics))
		return NULL;
	if (i == g->n_nics)
		g->n_nics++;
	g->nics[i] = (struct guest_nic){ .port = port };
	util_strlcpy(g->nics[i].id, sizeof(g->nics[i].id), id);
	util_format(g->nics[i].what, sizeof(g->nics[i].what), "%s%s%s", what,
		    g->name[0] ? " of " : "", g->name);
	*index = i;
	return &g->nics[i];
}

struct guest_nic *guest_new_dev(struct guest *g, const struct rig_dev *dev, const char *id,
				int port, unsigned int *index)
{
	struct guest_nic *nic = guest_new_nic(g, dev->what, id, port, index);

	if (!nic)
		return NULL;
	nic->dev = dev;
	util_strlcpy(nic->driver, sizeof(nic->driver), dev->driver);
	memcpy(nic->mac, dev->mac, sizeof(nic->mac));
	nic->mac_known = dev->mac_known;
	return nic;
}

/* Fills in the NICs of the guest and the devices of its QEMU. */
static int guest_add_devices(struct guest *g, struct vm_config *cfg, struct rig_dev *const *devs,
			     unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		unsigned int index;
		char id[16];

		util_format(id, sizeof(id), "hostdev%u", i);
		if (!guest_new_dev(g, devs[i], id, (int)i, &index))
			return ctx_error(g->ctx, -E2BIG, "%u devices are too many for a guest", n);
		cfg->devices[i] = devs[i]->addr;
	}
	cfg->n_devices = n;
	return 0;
}

static int guest_record_pid(void *arg, pid_t pid)
{
	return ctx_undo(arg, UNDO_KILL, NULL, (uint64_t)pid, "qemu");
}

/* Why QEMU refused to start, by its own words, line by line. */
static void guest_see_errors(struct ctx *ctx, char *errors)
{
	char *line, *save;

	for (line = strtok_r(errors, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		ctx_symptom(ctx, SYMPTOM_QEMU, "%s", line);
}

int guest_start(struct ctx *ctx, const struct vm_config *cfg, struct vm **out)
{
	const struct vm_env env = {
		.root = ctx->root,
		.console = ctx->res->console,
		.console_size = sizeof(ctx->res->console),
		.record_pid = guest_record_pid,
		.arg = ctx,
	};
	struct vm_failure why;
	int ret = vm_start(&env, cfg, ctx->deadline_ms, out, &why);

	if (ret == 0)
		return 0;
	if (!why.by_qemu)
		return ctx_error(ctx, ret, "%s", why.text);
	guest_see_errors(ctx, why.errors);
	ctx_fail(ctx, ctx_cause(ctx, "guest_start_failed"), "QEMU starts with the devices assigned",
		 "%s", why.text);
	return ret;
}

/* The fault that the agent is to have, by its name. */
static const char *guest_fault(const struct ctx *ctx)
{
	const struct settings *s = ctx->settings;
	const bool agents = s->fault == FAULT_AGENT_CORRUPT || s->fault == FAULT_AGENT_MUTE ||
			    s->fault == FAULT_AGENT_EXIT;

	return agents && settings_fault_is(s, s->fault, ctx->def->id)
		       ? settings_fault_name(s->fault)
		       : NULL;
}

int guest_boot(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
	       unsigned int n, unsigned int free_ports)
{
	struct vm_config cfg = {
		.memory_mb = ctx->settings->guest_memory_mb,
		.cpus = 1 + n / GUEST_NICS_PER_CPU,
		.free_ports = free_ports,
		.name = name,
	};
	uint64_t start = util_now_ms(), started;
	struct agent_hello hello;
	char text[160];
	int ret;

	if (n > GUEST_FEW_NICS)
		cfg.memory_mb += (n - GUEST_FEW_NICS) * GUEST_NIC_MB;
	*g = (struct guest){ .ctx = ctx, .n_ports = n + free_ports };
	util_strlcpy(g->name, sizeof(g->name), name);
	cfg.agent_fault = guest_fault(ctx);
	ret = guest_add_devices(g, &cfg, devs, n);
	if (ret == 0)
		ret = guest_start(ctx, &cfg, &g->vm);
	if (ret < 0)
		return ret;
	started = util_now_ms();
	ret = vm_wait_ready(g->vm, &hello, ctx_ms(ctx, GUEST_BOOT_MS));
	if (ret < 0)
		return guest_lost(g, ret, "booting");
	util_format(text, sizeof(text), "%u, QEMU ready after %u, kernel %s",
		    (unsigned int)(util_now_ms() - start), (unsigned int)(started - start),
		    hello.kernel);
	ctx_evidence(ctx, "guest.hello_ms", "%s", guest_say(g, text, (char[200]){ 0 }, 200));
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

/* Asks the guest for its netdevs, upon which it loads drivers. Returns their number or -errno. */
static int guest_read_netdevs(struct guest *g, struct agent_netdev devs[AGENT_MAX_NETDEVS])
{
	int ret = vm_agent_call(g->vm, AGENT_NETDEVS, NULL, 0, devs,
				AGENT_MAX_NETDEVS * sizeof(*devs), ctx_ms(g->ctx, GUEST_CALL_MS));

	if (ret < 0)
		return ret;
	ret /= (int)sizeof(*devs);
	for (int i = 0; i < ret; i++)
		guest_clean_netdev(&devs[i]);
	return ret;
}

struct guest_netdev_wait {
	struct guest *g;
	struct guest_nic *nic;
	int err; /* of the call, if that is what ended the wait */
	bool found;
	char pci[PCI_ADDR_STRLEN]; /* where the guest has the device, "" if nowhere */
	char seen[160]; /* what the guest has */
};

/* Looks for the NIC's netdev. */
static bool guest_find_netdev(void *arg)
{
	struct guest_netdev_wait *w = arg;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	struct pci_addr addr;
	size_t used = 0;
	int ret = vm_guest_addr(w->g->vm, w->nic->id, &addr);

	w->pci[0] = '\0';
	if (ret == 0)
		pci_addr_format(&addr, w->pci);
	if (ret == 0 || ret == -ENODEV)
		ret = guest_read_netdevs(w->g, devs);
	if (ret < 0) {
		w->err = ret;
		return true;
	}
	w->seen[0] = '\0';
	for (int i = 0; i < ret; i++) {
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

/* The image is the same for host and guest: what it has no driver for is not the card's fault. */
static bool guest_lacks_driver(struct guest *g, const struct guest_nic *nic)
{
	char modalias[256], why[320];

	if (!nic->dev ||
	    pci_read_modalias(g->ctx->root, &nic->dev->addr, modalias, sizeof(modalias)) < 0 ||
	    !lacking_driver(g->ctx, modalias, nic->driver, why, sizeof(why)))
		return false;
	ctx_skip(g->ctx, "%s has no driver in the guest: %s", nic->what, why);
	return true;
}

static int guest_wait_netdev(struct guest *g, struct guest_nic *nic)
{
	struct guest_netdev_wait w = { .g = g, .nic = nic };
	/* The result is in @w. */
	int ret = util_poll_until(guest_find_netdev, &w, ctx_ms(g->ctx, GUEST_NETDEV_MS));

	if (w.err < 0)
		return guest_lost(g, w.err, "looking for the network device");
	if (w.found)
		return 0;
	if (guest_lacks_driver(g, nic))
		return -ENODEV;
	ctx_fail(g->ctx, "guest_no_netdev", "the guest has a network device for each NIC",
		 "%s at %s in the guest: no network device; the guest has:%s", nic->what,
		 w.pci[0] ? w.pci : "no place", w.seen[0] ? w.seen : " none");
	return ret < 0 ? ret : -ENODEV;
}

static int guest_check_driver(struct guest *g, const struct guest_nic *nic)
{
	char mac[18];

	ctx_evidence(g->ctx, "guest.netdev", "%s: %s, %s at %s, %s", nic->what, nic->netdev.ifname,
		     nic->netdev.driver, nic->netdev.pci, link_mac_format(nic->netdev.mac, mac));
	if (nic->netdev.driver[0] != '\0' &&
	    (nic->driver[0] == '\0' || strcmp(nic->netdev.driver, nic->driver) == 0))
		return 0;
	ctx_fail(g->ctx, "guest_wrong_driver", nic->driver[0] ? nic->driver : "a driver",
		 "%s is driven by \"%s\" in the guest", nic->what, nic->netdev.driver);
	return -ENXIO;
}

static int guest_check_mac(struct guest *g, const struct guest_nic *nic)
{
	char want[18], got[18];

	if (nic->mac_known ? memcmp(nic->netdev.mac, nic->mac, 6) == 0
			   : link_mac_valid(nic->netdev.mac))
		return 0;
	link_mac_format(nic->netdev.mac, got);
	link_mac_format(nic->mac, want);
	ctx_fail(g->ctx, "guest_wrong_mac", nic->mac_known ? want : "a valid unicast MAC",
		 "%s has %s in the guest", nic->what, got);
	return -EADDRNOTAVAIL;
}

static int guest_link_up(struct guest *g, struct guest_nic *nic)
{
	unsigned int ms = ctx_ms(g->ctx, GUEST_LINK_MS);
	struct agent_link req = { .timeout_ms = ms };
	struct agent_netdev up;
	int ret;

	memcpy(req.ifname, nic->netdev.ifname, sizeof(req.ifname));
	ret = vm_agent_call(g->vm, AGENT_LINK_UP, &req, sizeof(req), &up, sizeof(up),
			    ms + GUEST_CALL_MS);
	if (ret == -ENOLINK) {
		ctx_fail(g->ctx, "guest_no_link", "the NIC's link comes up in the guest",
			 "%s (%s) is up and has no carrier after %u s", nic->what, req.ifname,
			 ms / 1000);
		return ret;
	}
	if (ret == sizeof(up) && up.carrier && up.up) {
		guest_clean_netdev(&up);
		nic->netdev = up;
		ctx_evidence(g->ctx, "guest.link", "%s: up, %d Mb/s", nic->what, up.speed_mbps);
		return 0;
	}
	if (ret >= 0)
		ret = -EPROTO;
	if (vm_ended(g->vm) || ret == -ETIMEDOUT || ret == -EPROTO)
		return guest_lost(g, ret, "bringing the link up");
	ctx_fail(g->ctx, "guest_no_link", "the NIC's link comes up in the guest",
		 "%s (%s) cannot be brought up: %s", nic->what, req.ifname, strerror(-ret));
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

int guest_check_nics(struct guest *g)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < g->n_nics; i++)
		if (g->nics[i].id[0] != '\0')
			ret = guest_check_nic(g, i);
	return ret;
}

struct guest_gone_wait {
	struct guest *g;
	const struct agent_netdev *netdev;
	int err; /* of the call, if that is what ended the wait */
};

static bool guest_netdev_is_gone(void *arg)
{
	struct guest_gone_wait *w = arg;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	int n = guest_read_netdevs(w->g, devs);

	w->err = n < 0 ? n : 0;
	for (int i = 0; i < n; i++)
		if (strcmp(devs[i].pci, w->netdev->pci) == 0)
			return false;
	return true;
}

int guest_wait_gone(struct guest *g, unsigned int i)
{
	struct guest_nic *nic = &g->nics[i];
	struct guest_gone_wait w = { .g = g, .netdev = &nic->netdev };
	int ret = util_poll_until(guest_netdev_is_gone, &w, ctx_ms(g->ctx, GUEST_NETDEV_MS));

	if (w.err < 0)
		return guest_lost(g, w.err, "waiting for a network device to go");
	if (ret == 0)
		return 0;
	ctx_fail(g->ctx, "guest_netdev_stays", "the guest's network device goes with its NIC",
		 "%s: %s at %s is still there", nic->what, nic->netdev.ifname, nic->netdev.pci);
	return ret;
}

int guest_alive(struct guest *g)
{
	json_t *status = NULL;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	const char *text;
	int ret = vm_qmp(g->vm, "query-status", NULL, &status, ctx_ms(g->ctx, GUEST_CALL_MS));

	if (ret < 0)
		return guest_lost(g, ret, "asking QEMU for its state");
	text = json_string_value(json_object_get(status, "status"));
	if (!text || strcmp(text, "running") != 0) {
		ctx_fail(g->ctx, "guest_died", "the guest runs until it is powered off",
			 "QEMU says that it is \"%s\"", text ? text : "?");
		ret = -EIO;
	}
	json_decref(status);
	if (ret < 0)
		return ret;
	ret = guest_read_netdevs(g, devs);
	return ret < 0 ? guest_lost(g, ret, "asking its agent for a sign of life") : 0;
}

int guest_end(struct guest *g)
{
	int ret = vm_stop(util_take_ptr(g->vm));

	if (ret == 0) {
		ctx_evidence(g->ctx, "guest.end", "%s",
			     guest_say(g, "powered off", (char[40]){ 0 }, 40));
		return 0;
	}
	ctx_fail(g->ctx, "guest_no_poweroff", "the guest powers off when it is asked to", "%s: %s",
		 guest_say(g, "it had to be ended by force", (char[60]){ 0 }, 60), strerror(-ret));
	return ret;
}

void guest_cleanup(struct guest *g)
{
	if (!g->vm)
		return;
	if (ctx_failed(g->ctx) && !vm_ended(g->vm))
		guest_quote_klog(g);
	vm_stop(util_take_ptr(g->vm));
}
