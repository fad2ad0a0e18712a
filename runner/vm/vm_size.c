/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of guests. */
#include "vm/vm_size.h"

#include "sys/profile.h"

/* How much of the setting is for NICs. */
#define SIZE_NICS_IN_BASE_MB 32u
/* A processor has some 200 interrupt vectors, and a NIC with its root port takes three or more. */
#define SIZE_NICS_PER_CPU 16u

static unsigned int size_or(unsigned int value, unsigned int otherwise)
{
	return value > 0 ? value : otherwise;
}

void vm_size_add(struct vm_size *s, const struct profile *p, bool is_pf)
{
	static const struct profile unknown;
	unsigned int i = s->n_nics;

	if (i == ARRAY_SIZE(s->queues))
		return;
	if (!p)
		p = &unknown;
	s->n_nics++;
	if (is_pf) {
		s->fixed_mb += size_or(p->guest_pf_mb, PROFILE_GUEST_PF_MB);
		return;
	}
	s->fixed_mb += size_or(p->guest_mb, PROFILE_GUEST_MB);
	s->queue_mb[i] = size_or(p->guest_queue_mb, PROFILE_GUEST_QUEUE_MB);
	s->queues[i] = size_or(p->guest_queues, PROFILE_GUEST_QUEUES);
}

unsigned int vm_size_cpus(const struct vm_size *s)
{
	const unsigned int cpus = 1 + s->n_nics / SIZE_NICS_PER_CPU;

	return cpus < s->min_cpus ? s->min_cpus : cpus;
}

unsigned int vm_size_memory(const struct vm_size *s, unsigned int base_mb)
{
	unsigned int mb = s->fixed_mb, cpus = vm_size_cpus(s);

	for (unsigned int i = 0; i < s->n_nics; i++)
		mb += s->queue_mb[i] * (s->queues[i] < cpus ? s->queues[i] : cpus);
	return base_mb + (mb > SIZE_NICS_IN_BASE_MB ? mb - SIZE_NICS_IN_BASE_MB : 0);
}

/* QEMU and the kernel have something for each assigned device too. */
unsigned int vm_size_host(const struct vm_size *s, unsigned int base_mb)
{
	return vm_size_memory(s, base_mb) + VM_SIZE_QEMU_MB + s->n_nics;
}
