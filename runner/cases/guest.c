/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A nested guest with assigned devices: boot, devices, end. */
#include "cases/guest.h"

#include <errno.h>
#include <string.h>

#include "sys/guest_user.h"
#include "sys/inventory.h"
#include "vm/vm_size.h"

const char *guest_say(const struct guest *g, const char *what, char *buf, size_t size)
{
	util_format(buf, size, "%s%s%s", g->name, g->name[0] ? ": " : "", what);
	return buf;
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

/* What a guest with these devices, and further ones like them in its free ports, has to be like. */
static struct vm_size guest_size(struct rig_dev *const *devs, unsigned int n,
				 unsigned int free_ports)
{
	struct vm_size size = { 0 };

	for (unsigned int i = 0; i < n; i++)
		vm_size_add(&size, devs[i]->pf->profile, devs[i]->vf == RIG_NO_VF);
	/* The same PF comes and goes, but VFs come in addition. */
	for (unsigned int i = 0; n > 0 && devs[0]->vf != RIG_NO_VF && i < free_ports; i++)
		vm_size_add(&size, devs[0]->pf->profile, false);
	return size;
}

unsigned int guest_memory_left(const struct ctx *ctx)
{
	uint64_t mb = inventory_memory_available_kb(ctx->root) / 1024;
	unsigned int share;

	if (mb == 0)
		return UINT_MAX;
	mb = mb > VM_SIZE_SPARE_MB ? mb - VM_SIZE_SPARE_MB : 0;
	share = ctx->memory_mb > ctx->memory_used_mb ? ctx->memory_mb - ctx->memory_used_mb : 0;
	return ctx->memory_mb > 0 && share < mb ? share : (unsigned int)mb;
}

unsigned int guest_count_fitting(const struct ctx *ctx, struct rig_dev *const *devs, unsigned int n,
				 unsigned int free_ports)
{
	unsigned int left = guest_memory_left(ctx);

	for (; n > 0; n--) {
		struct vm_size size = guest_size(devs, n, free_ports);

		if (vm_size_host(&size, ctx->settings->guest_memory_mb) <= left)
			break;
	}
	return n;
}

/* MiB that the guest takes of the host: more than its size says if it is larger than that. */
static unsigned int guest_host_mb(const struct guest *g, const struct vm_size *size)
{
	unsigned int base = g->ctx->settings->guest_memory_mb;

	return vm_size_host(size, base) + g->memory_mb - vm_size_memory(size, base);
}

/* No guest is started that the host has no room for. */
static int guest_check_room(struct guest *g, const struct vm_size *size,
			    const struct vm_config *like)
{
	struct ctx *ctx = g->ctx;
	unsigned int left = guest_memory_left(ctx), needed;

	g->memory_mb = vm_size_memory(size, ctx->settings->guest_memory_mb);
	if (like->memory_mb > g->memory_mb)
		g->memory_mb = like->memory_mb;
	g->cpus = vm_size_cpus(size);
	/* Huge pages were taken out of what is left before. */
	needed = guest_host_mb(g, size) - (like->huge_kb > 0 ? g->memory_mb : 0);
	if (needed > left)
		return ctx_error_of(ctx, -ENOMEM, "out_of_memory",
				    "a guest with %u MiB does not fit: QEMU needs %u MiB for it, "
				    "and there are %u MiB for guests",
				    g->memory_mb, needed, left);
	return 0;
}

void guest_release(struct guest *g)
{
	g->ctx->memory_used_mb -= g->host_mb;
	g->host_mb = 0;
}

/* What QEMU may do becomes evidence: a fault of the device's may be one of its own. */
static void guest_tell_rights(struct guest *g)
{
	struct guest_user_rights r;
	char text[200], said[220];

	if (guest_user_read(g->ctx->root, vm_pid(g->vm), &r) < 0)
		return;
	util_format(text, sizeof(text), "user %u, capabilities %#llx, no_new_privs %d, seccomp %s",
		    r.user, (unsigned long long)r.capabilities, r.no_new_privs,
		    r.seccomp == 2 ? "filter" : "none");
	ctx_evidence(g->ctx, "guest.qemu", "%s", guest_say(g, text, said, sizeof(said)));
}

static int boot(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
		unsigned int n, unsigned int free_ports, const struct vm_config *like,
		unsigned int cpus)
{
	struct vm_config cfg = like ? *like : (struct vm_config){ 0 };
	struct vm_size size = guest_size(devs, n, free_ports);
	uint64_t start = util_now_ms(), started;
	struct agent_hello hello;
	char text[200];
	int ret;

	size.min_cpus = cpus;
	cfg.free_ports = free_ports;
	cfg.name = name;
	*g = (struct guest){ .ctx = ctx, .n_ports = n + free_ports };
	util_strlcpy(g->name, sizeof(g->name), name);
	cfg.agent_fault = guest_fault(ctx);
	if (settings_fault_is(ctx->settings, FAULT_GUEST_KEEPS, ctx->def->id))
		cfg.words = GUEST_KEEPS_DEVICES;
	ret = guest_add_devices(g, &cfg, devs, n);
	if (ret == 0)
		ret = guest_check_room(g, &size, &cfg);
	cfg.memory_mb = g->memory_mb;
	cfg.cpus = g->cpus;
	if (ret == 0)
		ret = guest_start(ctx, &cfg, &g->vm);
	if (ret < 0)
		return ret;
	g->host_mb = guest_host_mb(g, &size);
	ctx->memory_used_mb += g->host_mb;
	started = util_now_ms();
	ret = vm_wait_ready(g->vm, &hello, ctx_ms(ctx, GUEST_BOOT_MS));
	if (ret < 0)
		return guest_lost(g, ret, "booting");
	util_format(text, sizeof(text), "%u, QEMU ready after %u, %u device%s, kernel %s",
		    (unsigned int)(util_now_ms() - start), (unsigned int)(started - start), n,
		    n == 1 ? "" : "s", hello.kernel);
	ctx_evidence(ctx, "guest.hello_ms", "%s", guest_say(g, text, (char[220]){ 0 }, 220));
	util_format(text, sizeof(text), "%u MiB, %u processors for %u devices", g->memory_mb,
		    g->cpus, n);
	ctx_evidence(ctx, "guest.size", "%s", guest_say(g, text, (char[220]){ 0 }, 220));
	guest_tell_rights(g);
	return 0;
}

int guest_boot(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
	       unsigned int n, unsigned int free_ports)
{
	return guest_boot_like(g, ctx, name, devs, n, free_ports, NULL);
}

int guest_boot_like(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
		    unsigned int n, unsigned int free_ports, const struct vm_config *like)
{
	return boot(g, ctx, name, devs, n, free_ports, like, 1);
}

int guest_boot_wide(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
		    unsigned int n, unsigned int free_ports, unsigned int cpus)
{
	return boot(g, ctx, name, devs, n, free_ports, NULL, cpus);
}

int guest_alive(struct guest *g)
{
	json_t *status = NULL;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	struct agent_drivers drivers;
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
	ret = guest_read_netdevs(g, &drivers, devs);
	return ret < 0 ? guest_lost(g, ret, "asking its agent for a sign of life") : 0;
}

int guest_end(struct guest *g)
{
	int ret;

	ret = vm_power_off(g->vm);
	if (ret < 0 && vm_end_signal(g->vm) != 0)
		return guest_lost(g, ret, "powering off");
	vm_stop(util_take_ptr(g->vm));
	guest_release(g);
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
	guest_release(g);
}
