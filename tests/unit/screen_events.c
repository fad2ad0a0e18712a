/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Made-up runs.
 */
#include "screen_events.h"

#include <string.h>
#include "model/case.h"

static const struct case_def cases[] = {
	{ .id = "host_a", .title = "The processor can virtualize", .timeout_s = 10 },
	{ .id = "host_b", .title = "The IOMMU translates", .timeout_s = 10 },
	{ .id = "port_0", .title = "The driver binds to the port", .timeout_s = 30 },
	{ .id = "port_1", .title = "The link comes up", .timeout_s = 60 },
	{ .id = "port_2", .title = "One VF can be created", .timeout_s = 60 },
	{ .id = "port_3", .title = "All VFs can be created at once", .timeout_s = 120 },
	{ .id = "port_4",
	  .title = "A VF works in a guest: driver, address, link, traffic both ways",
	  .timeout_s = 240 },
	{ .id = "port_5", .title = "Two VFs work in two guests at a time", .timeout_s = 480 },
	{ .id = "port_6", .title = "A VF is plugged into a running guest", .timeout_s = 240 },
	{ .id = "port_7", .title = "A macvtap on a VF reaches the network", .timeout_s = 240 },
};

static const struct case_def *find_case(const char *id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		if (strcmp(cases[i].id, id) == 0)
			return &cases[i];
	return NULL;
}

const char *screen_port(unsigned int i)
{
	static char text[16];

	util_format(text, sizeof(text), "0000:%02x:00.%u", 1 + i / 2, i % 2);
	return text;
}

void events_add(struct run_events *r, const char *ev, json_t *event)
{
	assert_non_null(event);
	if (!r->events)
		r->events = json_array();
	json_object_set_new(event, "ev", json_string(ev));
	json_object_set_new(event, "t_ms", json_integer((json_int_t)r->t_ms));
	json_array_append_new(r->events, event);
}

void events_start(struct run_events *r, const char *more_settings)
{
	json_t *settings = json_loads(more_settings, 0, NULL);
	json_t *base = json_pack("{s:s, s:s, s:s, s:i, s:[]}", "plan", "full", "finish", "hold",
				 "fault", "none", "timeout_percent", 100, "problems");

	assert_non_null(settings);
	json_object_update(base, settings);
	json_decref(settings);
	events_add(r, "start",
		   json_pack("{s:s, s:{s:s, s:s, s:s}, s:{s:s}, s:{s:s}, s:o, s:s, s:b}", "time",
			     "2025-01-02T03:04:05Z", "host", "vendor", "Example Computers",
			     "product", "Server 9000", "serial", "SN-0042", "iommu", "kind",
			     "intel", "build", "revision", "v1.0", "settings", base, "stored",
			     "reports/SN-0042-20250102T030405Z on the stick", "unsafe_interrupts",
			     0));
}

static json_t *make_nic(unsigned int i)
{
	char addr[16];

	strcpy(addr, screen_port(i));
	return json_pack("{s:s, s:s, s:s, s:s, s:{s:b, s:i}}", "address", addr, "name",
			 "Example 25G adapter", "driver", i % 4 < 2 ? "mlx5_core" : "ice", "peer",
			 screen_port(i ^ 1), "port", "carrier", i % 4 < 2, "speed_mbps", 25000);
}

static json_t *entry(const char *id, const char *subject)
{
	return json_pack("{s:s, s:s}", "case", id, "subject", subject);
}

static json_t *planned(const struct case_def *def, const char *subject)
{
	json_t *obj = entry(def->id, subject);

	json_object_set_new(obj, "title", json_string(def->title));
	json_object_set_new(obj, "required", json_true());
	json_object_set_new(obj, "timeout_s", json_integer(def->timeout_s));
	return obj;
}

void events_run(struct run_events *r, unsigned int n_ports)
{
	json_t *plan = json_array(), *nics = json_array();
	unsigned int i, k;

	for (k = 0; k < 2; k++)
		json_array_append_new(plan, planned(&cases[k], "host"));
	for (i = 0; i < n_ports; i++) {
		json_array_append_new(nics, make_nic(i));
		for (k = 2; k < ARRAY_SIZE(cases); k++)
			json_array_append_new(plan, planned(&cases[k], screen_port(i)));
	}
	events_add(r, "run",
		   json_pack("{s:o, s:o, s:i}", "plan", plan, "nics", nics, "left_out", 0));
}

void events_begin(struct run_events *r, const char *id, const char *subject)
{
	events_add(r, "begin", entry(id, subject));
}

void events_end(struct run_events *r, const char *id, const char *subject, const char *verdict,
		uint64_t took_ms, json_t *more)
{
	const struct case_def *def = find_case(id);
	json_t *end = entry(id, subject);

	r->t_ms += took_ms;
	json_object_set_new(end, "verdict", json_string(verdict));
	json_object_set_new(end, "title", json_string(def ? def->title : ""));
	json_object_set_new(end, "duration_s", json_real((double)took_ms / 1000));
	if (more)
		json_object_update(end, more);
	json_decref(more);
	events_add(r, "end", end);
}

void events_pass(struct run_events *r, const char *id, const char *subject, uint64_t took_ms)
{
	events_begin(r, id, subject);
	events_end(r, id, subject, "PASS", took_ms, NULL);
}

void events_pass_host(struct run_events *r)
{
	events_pass(r, "host_a", "host", 20);
	events_pass(r, "host_b", "host", 30);
}

void events_pass_port(struct run_events *r, unsigned int port, unsigned int n)
{
	unsigned int k;

	for (k = 0; k < n; k++)
		events_pass(r, cases[2 + k].id, screen_port(port),
			    1000 * cases[2 + k].timeout_s / 12);
}

void events_finish(struct run_events *r)
{
	events_add(r, "finish",
		   json_pack("{s:s, s:s}", "time", "2025-01-02T03:44:05Z", "stored",
			     "reports/SN-0042-20250102T030405Z on the stick"));
}

json_t *screen_long_failure(void)
{
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:[s, s, s], s:[{s:s, s:s, s:s, s:s}]}", "expected",
		"127 VFs on the bus within 30 s after sriov_numvfs was written, each at the "
		"address that first VF offset and VF stride of the capability give",
		"measured",
		"write to sriov_numvfs: Cannot allocate memory; sriov_numvfs reads 0 and 0 VFs are "
		"on the bus",
		"cause",
		"the firmware left no memory space for the VFs' registers: the bridge above the "
		"card has a window of 1 MB, and 127 VFs with 16 KB each in two BARs need 4 MB of "
		"it, which no window below 4 GB has any more",
		"fix",
		"BIOS setup: enable \"SR-IOV\" and \"Above 4G Decoding\", and enlarge the MMIO "
		"window if it can be set. Otherwise boot with pci=realloc, or ask for fewer VFs; "
		"updates of BIOS and card firmware are known to help on servers of this age",
		"label", "vf_create_failed", "kernel_log",
		"mlx5_core 0000:01:00.0: not enough MMIO resources for SR-IOV",
		"pci 0000:00:03.0: BAR 14: no space for [mem size 0x00400000]",
		"pci 0000:00:03.0: BAR 14: failed to assign [mem size 0x00400000]", "also", "label",
		"pcie_errors", "seen", "PCIe Bus Error", "cause",
		"the PCIe link to the card makes errors", "fix",
		"reseat the card, and try another slot");
}
