/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /init of the nested guest: opens the runner's port as early as it can and serves it. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/utsname.h>

#include "wire/channel.h"

#define PORT_TIMEOUT_MS 60000

/* Ends the guest. Never returns to the caller: a kernel that cannot power off is left waiting. */
static void agent_power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void agent_die(const char *what, int err)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(-err));
	agent_power_off();
}

static void agent_mount_all(void)
{
	static const struct {
		const char *type, *target;
	} mounts[] = { { "devtmpfs", "/dev" }, { "proc", "/proc" }, { "sysfs", "/sys" } };

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (mount(mounts[i].type, mounts[i].target, mounts[i].type, 0, NULL) < 0)
			agent_die(mounts[i].target, -errno);
}

/* Opens the port named AGENT_PORT_NAME if it is there yet. */
static bool port_try_open(void *arg)
{
	struct agent *a = arg;
	_cleanup_closedir_ DIR *dir = sysroot_opendir(&a->root, "sys/class/virtio-ports");
	struct dirent *d;
	char name[64];

	while (dir && a->port < 0 && (d = readdir(dir)))
		if (d->d_name[0] != '.' &&
		    sysroot_read(&a->root, name, sizeof(name), "sys/class/virtio-ports/%s/name",
				 d->d_name) > 0 &&
		    strcmp(name, AGENT_PORT_NAME) == 0)
			a->port = sysroot_openat(&a->root, O_RDWR, "dev/%s", d->d_name);
	return a->port >= 0;
}

static void agent_setup(struct agent *a)
{
	static const char *const first[] = { "virtio_pci", "virtio_console" };
	char cmdline[2048];
	int ret;

	signal(SIGCHLD, SIG_IGN); /* children that pid 1 inherits are reaped by the kernel */
	agent_mount_all();
	ret = sysroot_open(&a->root, "/");
	if (ret < 0)
		agent_die("/", ret);
	if (sysroot_read(&a->root, cmdline, sizeof(cmdline), "proc/cmdline") > 0)
		a->fault = agent_fault_parse(cmdline);
	ret = agent_modules_init(&a->modules, &a->root);
	if (ret < 0)
		fprintf(stderr, "agent: /lib/modules: %s\n", strerror(-ret));
	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(first); i++)
		/* Not in the image: built in. Anything else was printed, and no port appears. */
		(void)!agent_modules_load(&a->modules, first[i]);
	if (util_poll_until(port_try_open, a, PORT_TIMEOUT_MS) < 0)
		agent_die(AGENT_PORT_NAME, -ENODEV);
}

static void agent_send(struct agent *a, enum agent_type type, uint32_t seq, int32_t status,
		       const void *payload, uint32_t len)
{
	uint8_t msg[sizeof(struct agent_header) + AGENT_MAX_PAYLOAD];
	size_t size = channel_format(msg, type, seq, status, payload, len);
	int ret = util_write_all(a->port, msg, size);

	if (ret < 0)
		agent_die("write to the port", ret);
}

static void agent_say_hello(struct agent *a)
{
	struct agent_hello hello = {
		.version = AGENT_VERSION,
		.uptime_ms = (uint32_t)util_now_ms(),
	};
	struct utsname u;

	if (uname(&u) == 0)
		util_strlcpy(hello.kernel, sizeof(hello.kernel), u.release);
	agent_send(a, AGENT_HELLO, 0, 0, &hello, sizeof(hello));
}

/* Reads from the port what the present message needs and answers it once it is whole. */
static void agent_serve_port(struct agent *a, struct channel *ch)
{
	uint8_t buf[sizeof(struct agent_header) + AGENT_MAX_PAYLOAD], reply[AGENT_MAX_PAYLOAD];
	ssize_t n = read(a->port, buf, channel_wanted(ch));
	struct agent_header req;
	const void *payload;
	uint32_t len;
	int32_t status;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0)
		agent_die("the runner has gone", n < 0 ? -errno : -EPIPE);
	n = channel_feed(ch, buf, (size_t)n);
	if (n < 0)
		agent_die("message", (int)n);
	if (!channel_next(ch, &req, &payload))
		return;
	len = agent_handle(a, &req, payload, reply, &status);
	agent_send(a, req.type, req.seq, status, reply, len);
	if (a->power_off)
		agent_power_off();
}

/* A slot that is free is passed over by poll(2). */
static void agent_watch(struct pollfd *p, const char *ifname, int fd)
{
	*p = (struct pollfd){ .fd = ifname[0] != '\0' ? fd : -1, .events = POLLIN };
}

static void agent_watch_all(const struct agent *a, struct pollfd *p)
{
	*p++ = (struct pollfd){ .fd = a->port, .events = POLLIN };
	for (unsigned int i = 0; i < AGENT_MAX_NETDEVS; i++)
		agent_watch(p++, a->echo[i].ifname, a->echo[i].echo.fd);
	for (unsigned int i = 0; i < AGENT_MAX_FLOWS; i++)
		agent_watch(p++, a->flows[i].ifname, a->flows[i].counter.fd);
}

/* A netdev that went down or away is seen in its counts. */
static void agent_serve_sockets(struct agent *a, const struct pollfd *p)
{
	for (unsigned int i = 0; i < AGENT_MAX_NETDEVS; i++)
		if (p[i].revents != 0)
			(void)!traffic_echo_serve(&a->echo[i].echo);
	p += AGENT_MAX_NETDEVS;
	for (unsigned int i = 0; i < AGENT_MAX_FLOWS; i++)
		if (p[i].revents != 0)
			(void)!flow_take(&a->flows[i].counter);
}

static void agent_loop(struct agent *a)
{
	struct pollfd fds[1 + AGENT_MAX_NETDEVS + AGENT_MAX_FLOWS];
	struct channel ch = { 0 };

	for (;;) {
		agent_watch_all(a, fds);
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		agent_serve_sockets(a, fds + 1);
		if (fds[0].revents == 0)
			continue;
		if (a->fault == AGENT_FAULT_EXIT)
			return;
		agent_serve_port(a, &ch);
	}
}

int main(void)
{
	struct agent *a =
		mmap(NULL, sizeof(*a), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	/* All that a good guest has on its console: a silent one never came as far as this. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("agent: up");
	if (a == MAP_FAILED)
		agent_die("memory", -errno);
	a->port = -1;
	agent_setup(a);
	while (a->fault == AGENT_FAULT_MUTE)
		pause();
	agent_say_hello(a);
	puts("agent: ready");
	agent_loop(a);
	return 1; /* the deliberate fault: the kernel panics */
}
