/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every program that plays QEMU needs. */
#include "fake_qemu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const struct qemu_image fake_qemu_image = {
	.program = "/proc/self/exe",
	.kernel = "k",
	.initramfs = "i",
	.accel = "none",
	.cpu = "none",
};

bool fake_qemu_wanted(int argc, char **argv)
{
	return argc > 1 && strcmp(argv[1], "-nodefaults") == 0;
}

bool fake_qemu_has_device(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "vfio-pci,", 9) == 0)
			return true;
	return false;
}

int fake_qemu_fd(int argc, char **argv, const char *id)
{
	char want[64];

	snprintf(want, sizeof(want), "socket,id=%s,fd=", id);
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], want, strlen(want)) == 0)
			return atoi(argv[i] + strlen(want));
	return -1;
}

struct agent *fake_qemu_agent(void)
{
	void *a = mmap(NULL, sizeof(struct agent), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return a == MAP_FAILED ? NULL : a;
}

void fake_qemu_serve_agent(int fd, struct agent *a, struct channel *ch)
{
	uint8_t msg[sizeof(struct agent_header) + AGENT_MAX_PAYLOAD], reply[AGENT_MAX_PAYLOAD];
	ssize_t n = read(fd, msg, channel_wanted(ch));
	struct agent_header req;
	const void *payload;
	int32_t status;
	uint32_t len;

	if (n <= 0 || channel_feed(ch, msg, (size_t)n) < 0)
		exit(1);
	if (!channel_next(ch, &req, &payload))
		return;
	len = agent_handle(a, &req, payload, reply, &status);
	n = (ssize_t)channel_format(msg, req.type, req.seq, status, reply, len);
	(void)!util_write_all(fd, msg, (size_t)n);
}
