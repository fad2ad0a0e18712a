/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal's events, one after the other. They may come from a stick: texts are cut, numbers are
 * checked, and what is not understood is left out.
 */
#include "screen/model.h"

#include <string.h>
#include "journal/member.h"
#include "journal/stick.h"
#include "model/plan.h"
#include "report/report.h"

#define MAX_TIME_MS (1ll << 40)

void model_init(struct model *m)
{
	*m = (struct model){ .timeout_percent = 100, .marked = MODEL_HOST };
	util_strlcpy(m->stick_name, sizeof(m->stick_name), STICK_LABEL);
}

void model_free(struct model *m)
{
	free(m->cases);
	free(m->items);
	free(m->at_work);
	item_index_free(&m->index);
	json_decref(m->report);
	*m = (struct model){ 0 };
}

const struct model_case *model_case(const struct model *m, const struct model_item *item)
{
	return &m->cases[item->what];
}

const char *model_title(const struct model *m, const struct model_item *item)
{
	const struct model_case *c = model_case(m, item);

	return c->title[0] ? c->title : c->id;
}

unsigned int model_find_port(const struct model *m, const char *address)
{
	unsigned int i;

	for (i = 0; i < m->n_ports; i++)
		if (strcmp(m->ports[i].addr, address) == 0)
			return i;
	return MODEL_HOST;
}

bool model_is_failure(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_TIMEOUT || v == VERDICT_CRASHED;
}

static void take_text(char *dst, size_t size, const json_t *obj, const char *key)
{
	const char *text = member_text(obj, key);

	if (!text[0])
		return;
	util_strlcpy(dst, size, text);
	util_sanitise(dst);
}

#define TAKE(dst, obj, key) take_text((dst), sizeof(dst), (obj), (key))

static const char *subject_of(const struct model *m, const struct model_item *item)
{
	return item->port == MODEL_HOST ? PLAN_SUBJECT_HOST : m->ports[item->port].addr;
}

static void remember(struct model_recent *ring, unsigned int *n, const struct model_recent *r)
{
	ring[(*n)++ % MODEL_MAX_RECENT] = *r;
}

/* The first of the texts that says something. */
static const char *why(const json_t *end)
{
	static const char *const keys[] = { "measured", "reason", "cause" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (member_text(end, keys[i])[0])
			return member_text(end, keys[i]);
	return "";
}

static void note_result(struct model *m, const struct model_item *item, const json_t *end)
{
	const struct model_case *c = model_case(m, item);
	struct model_recent r = { .verdict = item->verdict };
	const char *text = why(end);

	if (item->verdict == VERDICT_CRASHED && !text[0])
		text = "the host or the runner died while it ran";
	if (item->verdict == VERDICT_PASS)
		text = c->title[0] ? c->title : member_text(end, "title");
	util_strlcpy(r.id, sizeof(r.id), c->id);
	util_strlcpy(r.subject, sizeof(r.subject), subject_of(m, item));
	if (item->port != MODEL_HOST)
		util_strlcpy(r.place, sizeof(r.place), m->ports[item->port].place);
	util_strlcpy(r.text, sizeof(r.text), text);
	util_sanitise(r.text);
	remember(m->recent, &m->n_recent, &r);
	if (model_is_failure(r.verdict))
		remember(m->failed, &m->n_failed, &r);
}

/* Keeps the numbers of what runs in their order. */
static void add_at_work(struct model *m, unsigned int number)
{
	unsigned int i = m->running++;

	for (; i > 0 && m->at_work[i - 1] > number; i--)
		m->at_work[i] = m->at_work[i - 1];
	m->at_work[i] = number;
}

static void remove_at_work(struct model *m, unsigned int number)
{
	unsigned int i = 0;

	while (m->at_work[i] != number)
		i++;
	m->running--;
	for (; i < m->running; i++)
		m->at_work[i] = m->at_work[i + 1];
}

static void item_end(struct model *m, struct model_item *item, enum verdict v, const json_t *end)
{
	const bool was_running = item->state == ITEM_RUNNING;
	struct model_port *port = item->port == MODEL_HOST ? NULL : &m->ports[item->port];

	item->state = ITEM_ENDED;
	item->verdict = v;
	item->required = member_not_false(end, "required");
	item->prerequisite = v == VERDICT_FAIL && member_flag(end, "prerequisite");
	m->counts[v]++;
	m->ended++;
	if (was_running)
		remove_at_work(m, (unsigned int)(item - m->items));
	note_result(m, item, end);
	if (!port)
		return;
	port->ended++;
	port->running -= was_running;
	if (!item->required || v == VERDICT_PASS || v == VERDICT_WARN)
		return;
	if (model_is_failure(v) && !item->prerequisite)
		port->disproved++;
	else
		port->doubtful++;
}

/* What had begun and cannot be running any more, as something else runs in its place. */
static void end_dead(struct model *m, unsigned int port)
{
	unsigned int i = 0;

	while (i < m->running) {
		struct model_item *item = &m->items[m->at_work[i]];

		if (port == MODEL_HOST || item->port == port || item->port == MODEL_HOST)
			item_end(m, item, VERDICT_CRASHED, NULL);
		else
			i++;
	}
}

static struct model_item *find_item(struct model *m, const json_t *event)
{
	const int number = item_index_find(&m->index, member_text(event, "case"),
					   member_text(event, "subject"));

	return number < 0 ? NULL : &m->items[number];
}

static void take_begin(struct model *m, const json_t *event)
{
	struct model_item *item = find_item(m, event);

	if (!item || item->state != ITEM_WAITING)
		return;
	end_dead(m, item->port);
	item->state = ITEM_RUNNING;
	item->begin_ms = (uint64_t)member_number(event, "t_ms");
	add_at_work(m, (unsigned int)(item - m->items));
	if (item->port != MODEL_HOST)
		m->ports[item->port].running++;
	if (m->running > m->most_running)
		m->most_running = m->running;
}

/* The ports are down when the inventory is made; the item that brings the link up knows better. */
static void note_link(struct model *m, const struct model_item *item)
{
	struct model_port *port;

	if (item->port == MODEL_HOST || strcmp(model_case(m, item)->id, "nic_link") != 0)
		return;
	port = &m->ports[item->port];
	if (item->verdict == VERDICT_FAIL)
		util_strlcpy(port->link, sizeof(port->link), "down");
	else if (strcmp(port->link, "?") == 0 &&
		 (item->verdict == VERDICT_PASS || item->verdict == VERDICT_WARN))
		util_strlcpy(port->link, sizeof(port->link), "up");
}

static void take_end(struct model *m, const json_t *event)
{
	struct model_item *item = find_item(m, event);
	enum verdict v = verdict_parse(member_text(event, "verdict"));
	double seconds = member_real(event, "duration_s");

	if (!item || item->state == ITEM_ENDED)
		return;
	if (seconds > 0 && seconds < 1e6)
		item->duration_ms = (uint64_t)(seconds * 1000);
	item_end(m, item, v == VERDICT_NONE ? VERDICT_ERROR : v, event);
	note_link(m, item);
}

static void link_text(char *buf, size_t size, const json_t *nic)
{
	const json_t *port = json_object_get(nic, "port");
	const int mbps = (int)member_number(port, "speed_mbps");

	if (member_flag(port, "carrier") && mbps >= 1000 && mbps % 1000 == 0)
		util_format(buf, size, "%dG", mbps / 1000);
	else if (member_flag(port, "carrier") && mbps > 0)
		util_format(buf, size, "%dM", mbps);
	else if (member_flag(port, "carrier") || member_text(nic, "peer")[0])
		util_strlcpy(buf, size, "up");
	else
		util_strlcpy(buf, size, "?");
}

/* What has been seen of a plan so far. */
struct plan_seen {
	struct item_index cases, ports; /* by id, by address */
};

/* The port of that address, added if it is new; MODEL_HOST for the host, and without room. */
static unsigned int port_number(struct model *m, struct plan_seen *seen, const char *subject)
{
	struct model_port *port;
	int number;

	if (strcmp(subject, PLAN_SUBJECT_HOST) == 0)
		return MODEL_HOST;
	number = item_index_add(&seen->ports, "", subject);
	if (number < 0 || number >= MODEL_MAX_PORTS)
		return MODEL_HOST;
	port = &m->ports[number];
	if ((unsigned int)number == m->n_ports) {
		*port = (struct model_port){ 0 };
		util_strlcpy(port->addr, sizeof(port->addr), subject);
		util_sanitise(port->addr);
		m->n_ports++;
	}
	return (unsigned int)number;
}

static void take_nics(struct model *m, const struct plan_seen *seen, const json_t *nics)
{
	const json_t *nic;
	size_t i;

	m->other_nics = 0;
	json_array_foreach (nics, i, nic) {
		const int number = item_index_find(&seen->ports, "", member_text(nic, "address"));
		struct model_port *port;

		if (number < 0 || number >= MODEL_MAX_PORTS) {
			m->other_nics++;
			continue;
		}
		port = &m->ports[number];
		TAKE(port->driver, nic, "driver");
		TAKE(port->peer, nic, "peer");
		TAKE(port->ifname, nic, "ifname");
		TAKE(port->mac, nic, "mac");
		TAKE(port->place, nic, "place");
		link_text(port->link, sizeof(port->link), nic);
	}
}

/* The number of the entry's case, added if it is new. */
static unsigned int case_number(struct model *m, struct plan_seen *seen, const json_t *entry)
{
	const int number = item_index_add(&seen->cases, member_text(entry, "case"), "");
	struct model_case *c;

	if (number < 0) /* no memory: it is shown as another one */
		return 0;
	c = &m->cases[number];
	if ((unsigned int)number == m->n_cases) {
		TAKE(c->id, entry, "case");
		TAKE(c->title, entry, "title");
		m->n_cases++;
	}
	return (unsigned int)number;
}

/* An entry of the plan. One that is there already is no further item. */
static void take_entry(struct model *m, struct plan_seen *seen, const json_t *entry)
{
	const char *id = member_text(entry, "case"), *subject = member_text(entry, "subject");
	const json_int_t timeout_s = member_number(entry, "timeout_s");
	struct model_item *item = &m->items[m->n_items];

	if (!id[0] || item_index_add(&m->index, id, subject) != (int)m->n_items)
		return;
	item->what = case_number(m, seen, entry);
	item->port = port_number(m, seen, subject);
	if (timeout_s > 0 && timeout_s < MAX_TIME_MS / 1000)
		item->deadline_ms = (uint64_t)timeout_s * 10 * m->timeout_percent;
	if (item->port != MODEL_HOST)
		m->ports[item->port].total++;
	m->n_items++;
}

/* What ports are found to reach while the run goes on. */
static void take_wires(struct model *m, const json_t *nics)
{
	const json_t *nic;
	unsigned int k;
	size_t i;

	json_array_foreach (nics, i, nic)
		for (k = 0; k < m->n_ports; k++)
			if (strcmp(m->ports[k].addr, member_text(nic, "address")) == 0)
				TAKE(m->ports[k].peer, nic, "peer");
}

static void take_plan(struct model *m, const json_t *run)
{
	const json_t *plan = json_object_get(run, "plan"), *entry;
	size_t n = json_array_size(plan), i;
	struct plan_seen seen = { 0 };

	if (m->items || !json_is_array(plan) || n > PLAN_MAX_ITEMS)
		return;
	m->cases = calloc(n + 1, sizeof(*m->cases));
	m->items = calloc(n + 1, sizeof(*m->items));
	m->at_work = calloc(n + 1, sizeof(*m->at_work));
	json_array_foreach (plan, i, entry)
		if (m->cases && m->items && m->at_work)
			take_entry(m, &seen, entry);
	take_nics(m, &seen, json_object_get(run, "nics"));
	item_index_free(&seen.cases);
	item_index_free(&seen.ports);
	m->phase = PHASE_RUNNING;
}

/* A run that begins, or goes on after runner or host died. */
static void take_start(struct model *m, const json_t *event, bool resume)
{
	const json_t *host = json_object_get(event, "host");
	const json_t *settings = json_object_get(event, "settings");
	json_int_t percent = member_number(settings, "timeout_percent");

	if (m->phase == PHASE_STARTING)
		m->phase = PHASE_PREPARING;
	TAKE(m->vendor, host, "vendor");
	TAKE(m->product, host, "product");
	TAKE(m->serial, host, "serial");
	TAKE(m->revision, json_object_get(event, "build"), "revision");
	TAKE(m->plan, settings, "plan");
	TAKE(m->finish, settings, "finish");
	TAKE(m->fault, settings, "fault");
	TAKE(m->stick_name, settings, "stick");
	m->screen_off = strcmp(member_text(settings, "screen"), "off") == 0;
	if (percent > 0 && percent <= 2000)
		m->timeout_percent = (unsigned int)percent;
	if (!resume)
		return;
	m->resumed++;
	end_dead(m, MODEL_HOST);
}

/* Time goes on in the same boot, or begins anew in another. */
static void take_time(struct model *m, const json_t *event)
{
	const json_int_t number = member_number(event, "t_ms");
	const uint64_t t = number > 0 && number < MAX_TIME_MS ? (uint64_t)number : 0;

	if (m->first_ms == 0 && m->last_ms == 0) {
		m->first_ms = t;
	} else if (t < m->last_ms) {
		m->earlier_ms += m->last_ms - m->first_ms;
		m->first_ms = t;
	}
	m->last_ms = t;
}

static void take_stick(struct model *m, const json_t *event)
{
	m->stick[0] = '\0';
	if (strcmp(member_text(event, "state"), "lost") == 0)
		TAKE(m->stick, event, "why");
}

void model_event(struct model *m, const json_t *event)
{
	const char *ev = member_text(event, "ev");

	take_time(m, event);
	TAKE(m->stored, event, "stored");
	if (strcmp(ev, "start") == 0 || strcmp(ev, "resume") == 0)
		take_start(m, event, ev[0] == 'r');
	else if (strcmp(ev, "wire") == 0)
		take_wires(m, json_object_get(event, "nics"));
	else if (strcmp(ev, "run") == 0)
		take_plan(m, event);
	else if (strcmp(ev, "begin") == 0)
		take_begin(m, event);
	else if (strcmp(ev, "end") == 0)
		take_end(m, event);
	else if (strcmp(ev, "stick") == 0)
		take_stick(m, event);
	else if (strcmp(ev, "note") == 0 && member_not_false(event, "incomplete"))
		TAKE(m->note, event, "text");
	else if (strcmp(ev, "finish") == 0 && m->phase != PHASE_OVER)
		m->phase = PHASE_ENDING;
}

void model_over(struct model *m, json_t *report)
{
	json_decref(m->report);
	m->report = report;
	m->phase = PHASE_OVER;
}

uint64_t model_elapsed_ms(const struct model *m, uint64_t now_ms)
{
	const uint64_t until =
		m->phase >= PHASE_ENDING || now_ms < m->last_ms ? m->last_ms : now_ms;

	return m->earlier_ms + (until > m->first_ms ? until - m->first_ms : 0);
}
