/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card's own switch hands frames from one of its functions to another, and both hear each other
 * without any wire. The MAC of the receiving port tells the two apart: it counts what came in from
 * outside. Some drivers read their counters once a second only.
 */
#include "run/reach_probe.h"

#include <string.h>
#include <sys/socket.h>
#include "wire/traffic.h"

#define PROOF_FRAMES 128u
#define PROOF_LEAST 32u /* fewer that could be sent prove nothing */
#define PROOF_MS 3000
#define PROOF_CONTROL_MS 100

struct proof {
	const struct reach_probe *p;
	uint64_t ports; /* that are looked at */
	uint64_t before[REACH_MAX_PORTS];
	unsigned int want[REACH_MAX_PORTS]; /* what the counter has to rise by */
	uint64_t risen;
};

static bool proof_read(const struct proof *t, unsigned int k, uint64_t *frames)
{
	const struct reach_port *p = &t->p->ports[k];

	return t->p->read_mac && t->p->read_mac(p->ifname, p->driver, frames) == 0;
}

static void proof_start(struct proof *t)
{
	t->risen = 0;
	for (unsigned int k = 0; k < t->p->n; k++)
		if (t->ports >> k & 1 && !proof_read(t, k, &t->before[k]))
			t->ports &= ~(UINT64_C(1) << k);
}

static bool proof_all_risen(void *arg)
{
	struct proof *t = arg;
	uint64_t now;

	for (unsigned int k = 0; k < t->p->n; k++)
		if (t->ports >> k & 1 && proof_read(t, k, &now) &&
		    now - t->before[k] >= t->want[k] && now >= t->before[k])
			t->risen |= UINT64_C(1) << k;
	return t->risen == t->ports;
}

/* Frames to one port's own address: no other has a reason to take them. Returns how many left. */
static unsigned int proof_send(const struct reach_port *from, const struct reach_port *to)
{
	uint8_t buf[FRAME_MIN_SIZE];
	struct frame f = {
		.direction = FRAME_REQUEST,
		.session = traffic_new_session(),
		.size = sizeof(buf),
	};
	unsigned int sent = 0;

	memcpy(f.dst, to->mac, sizeof(f.dst));
	memcpy(f.src, from->mac, sizeof(f.src));
	for (f.seq = 0; f.seq < PROOF_FRAMES; f.seq++) {
		frames_build(buf, &f);
		sent += send(from->fd, buf, sizeof(buf), MSG_NOSIGNAL) == (ssize_t)sizeof(buf);
	}
	return sent;
}

void reach_prove_left(struct reach_probe *p, unsigned int from, uint64_t to)
{
	struct reach_port *port = &p->ports[from];
	struct proof t = { .p = p, .ports = to };
	uint64_t begin, risen;
	unsigned int ms;

	proof_start(&t);
	port->uncounted |= to & ~t.ports;
	to = t.ports;
	for (unsigned int k = 0; k < p->n; k++)
		if (to >> k & 1) {
			t.want[k] = proof_send(port, &p->ports[k]);
			if (t.want[k] < PROOF_LEAST)
				t.ports &= ~(UINT64_C(1) << k);
		}
	begin = util_now_ms();
	(void)!util_poll_until(proof_all_risen, &t, PROOF_MS);
	risen = t.risen;
	ms = (unsigned int)(util_now_ms() - begin);
	/* The control: without our frames no counter rises like that in as long a time. */
	t.ports = risen;
	proof_start(&t);
	for (unsigned int k = 0; k < p->n; k++)
		t.want[k] /= 2;
	if (risen)
		(void)!util_poll_until(proof_all_risen, &t,
				       ms > PROOF_CONTROL_MS ? ms : PROOF_CONTROL_MS);
	port->left |= risen & ~t.risen;
	port->stayed |= to & ~(risen & ~t.risen);
}
