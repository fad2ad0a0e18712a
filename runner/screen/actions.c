/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/actions.h"

#include <stdarg.h>
#include <string.h>
#include "base/sysroot.h"
#include "journal/again.h"
#include "journal/member.h"
#include "journal/store.h"
#include "screen/draw_over.h"
#include "sys/pci_addr.h"

#define SAID_MS 8000

static void printf_like(3, 4) say(struct actions *a, struct model *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->said, sizeof(m->said), fmt, args);
	va_end(args);
	util_sanitise(m->said);
	a->said_until_ms = util_now_ms() + SAID_MS;
}

static const char *name_of(const struct model_port *port, char *buf, size_t size)
{
	util_format(buf, size, "%s%s%s%s", port->addr, port->place[0] ? " (" : "", port->place,
		    port->place[0] ? ")" : "");
	return buf;
}

/* That of a failure's page; on others the next one, of those that failed the first at first. */
static unsigned int choose_port(const struct model *m, unsigned int page)
{
	const unsigned int own = model_find_port(m, draw_over_subject(m, page));
	unsigned int i;

	if (own != MODEL_HOST || m->n_ports == 0)
		return own;
	if (m->marked < m->n_ports)
		return (m->marked + 1) % m->n_ports;
	for (i = 0; i < m->n_ports; i++)
		if (m->ports[i].disproved > 0)
			return i;
	return 0;
}

static void blink(struct actions *a, const struct sysroot *root, struct model *m, unsigned int page)
{
	const unsigned int port = choose_port(m, page);
	struct pci_addr addr;
	char name[140];
	int ret;

	if (port == MODEL_HOST) {
		say(a, m, "L: there is no port whose LED could blink");
		return;
	}
	m->marked = port;
	name_of(&m->ports[port], name, sizeof(name));
	ret = pci_addr_parse(m->ports[port].addr, &addr);
	if (ret == 0)
		ret = identify_begin(&a->led, root, &addr, IDENTIFY_SECONDS);
	if (ret < 0)
		say(a, m, "%s: %s", name, identify_text(ret));
}

static void run_again(struct actions *a, const struct sysroot *root, struct model *m, bool all)
{
	const unsigned int n = draw_over_failures(m);
	json_t *items = json_array(), *wish;
	int ret;

	if (m->stick[0] || sysroot_exists(root, STORE_LOST)) {
		say(a, m, "Put the stick back first: this run's report is in memory only");
	} else if (!all && n == 0) {
		say(a, m, "F2: nothing failed that could be run again");
	} else {
		actions_end(a);
		m->marked = MODEL_HOST;
		if (!all)
			draw_over_list_failures(m, items);
		wish = again_make(all ? AGAIN_ALL : AGAIN_FAILED, m->stored, json_incref(items));
		ret = again_ask(root, wish);
		json_decref(wish);
		a->asked = ret == 0;
		if (ret == 0 && all)
			say(a, m, "The whole run is run again");
		else if (ret == 0)
			say(a, m, "What failed is run again: %u item%s", n, n == 1 ? "" : "s");
		else
			say(a, m, "It cannot be run again: %s", strerror(-ret));
		if (ret == 0)
			a->said_until_ms = 0;
	}
	json_decref(items);
}

bool actions_key(struct actions *a, const struct sysroot *root, struct model *m, unsigned int page,
		 enum tty_key key)
{
	const bool hold = m->phase == PHASE_OVER && strcmp(m->finish, "hold") == 0;

	if (key == KEY_LED && m->phase != PHASE_OVER)
		say(a, m, "L: a port's LED can blink when the run is over, not beside a test");
	else if (key == KEY_LED && !a->asked)
		blink(a, root, m, page);
	else if ((key == KEY_F2 || key == KEY_F3) && hold && !a->asked)
		run_again(a, root, m, key == KEY_F3);
	else
		return key == KEY_LED || key == KEY_F2 || key == KEY_F3;
	return true;
}

void actions_tick(struct actions *a, struct model *m)
{
	const uint64_t now = util_now_ms();
	char name[140];
	int result;

	if (m->phase != PHASE_OVER) {
		a->asked = false;
		actions_end(a);
		m->marked = MODEL_HOST;
	}
	if (m->marked < m->n_ports) {
		name_of(&m->ports[m->marked], name, sizeof(name));
		if (identify_poll(&a->led, &result))
			say(a, m, "%s: %s", name, identify_text(result));
		else if (a->led.busy)
			say(a, m, "%s: its LED blinks, %llu s; L: the next port", name,
			    (unsigned long long)(a->led.until_ms > now
							 ? (a->led.until_ms - now + 999) / 1000
							 : 0));
	}
	if (a->said_until_ms && now >= a->said_until_ms) {
		m->said[0] = '\0';
		a->said_until_ms = 0;
	}
}

void actions_end(struct actions *a)
{
	identify_end(&a->led);
}
