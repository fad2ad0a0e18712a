/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds serial ports, sets them up and gives them to the log. */
#include "sys/serial.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include "base/log.h"
#include "base/sysroot.h"
#include "sys/spcr.h"

#define TTY "sys/class/tty/%s/"
#define MAX_LINES 64 /* numbers of serial ports that are looked at */
#define AUTO "auto"

static const struct {
	unsigned int baud;
	speed_t code;
} speeds[] = {
	{ 1200, B1200 },     { 2400, B2400 },	  { 4800, B4800 },     { 9600, B9600 },
	{ 19200, B19200 },   { 38400, B38400 },	  { 57600, B57600 },   { 115200, B115200 },
	{ 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 },
};

static bool find_speed(uint64_t baud, speed_t *code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i].baud == baud) {
			*code = speeds[i].code;
			return true;
		}
	return false;
}

/* Cuts "NAME[:BAUD]" off the list at *@pos. False if it is none, or no port at all. */
static bool next_named(const char **pos, struct serial_port *p)
{
	size_t len = strcspn(*pos, ","), name = strcspn(*pos, ":,");
	char number[12] = "";
	uint64_t baud = 0;
	speed_t code;

	*p = (struct serial_port){ .why = "serial=" };
	if (name < 4 || name >= sizeof(p->name) || strncmp(*pos, "tty", 3) != 0 ||
	    len - name >= sizeof(number))
		return false;
	memcpy(p->name, *pos, name);
	if (p->name[strspn(p->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789")] != '\0')
		return false;
	if (len > name) {
		memcpy(number, *pos + name + 1, len - name - 1);
		if (util_parse_u64(number, 10, UINT32_MAX, &baud) < 0 || !find_speed(baud, &code))
			return false;
	}
	p->baud = (unsigned int)baud;
	*pos += len + ((*pos)[len] == ',');
	return true;
}

bool serial_is_setting(const char *value)
{
	struct serial_port p;
	unsigned int n = 0;

	if (strcmp(value, AUTO) == 0)
		return true;
	if (!*value || value[strlen(value) - 1] == ',')
		return false;
	while (*value && n++ < SERIAL_MAX_PORTS)
		if (!next_named(&value, &p))
			return false;
	return *value == '\0';
}

static bool is_serial(const char *name)
{
	return strncmp(name, "ttyS", 4) == 0;
}

static const struct serial_port *find_port(const struct serial_port *ports, unsigned int n,
					   const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (strcmp(ports[i].name, name) == 0)
			return &ports[i];
	return NULL;
}

static void add_port(struct serial_port *ports, unsigned int *n, const char *name,
		     unsigned int baud, const char *why)
{
	struct serial_port *p = &ports[*n];

	if (*n == SERIAL_MAX_PORTS || find_port(ports, *n, name))
		return;
	*p = (struct serial_port){ .baud = baud, .why = why };
	if (util_strlcpy(p->name, sizeof(p->name), name))
		(*n)++;
}

/* True if the kernel has found a UART behind the port: its type is not "unknown" (serial_core.h).
 */
static bool answers(const struct sysroot *root, const char *name)
{
	uint64_t type;

	return sysroot_read_u64(root, &type, TTY "type", name) == 0 && type != 0;
}

static bool is_at(const struct sysroot *root, const char *name, const struct spcr *spcr)
{
	uint64_t at;

	return spcr->address != 0 &&
	       sysroot_read_u64(root, &at, TTY "%s", name,
				spcr->is_memory ? "iomem_base" : "port") == 0 &&
	       at == spcr->address && answers(root, name);
}

/* The port that firmware has its console on, "" if there is none; its speed. */
static void find_spcr(const struct sysroot *root, struct serial_port *p)
{
	struct spcr spcr;
	unsigned int i;
	speed_t code;

	*p = (struct serial_port){ .baud = SERIAL_BAUD };
	if (spcr_read(root, &spcr) < 0 || !spcr.is_8250)
		return;
	if (find_speed(spcr.baud, &code))
		p->baud = spcr.baud;
	for (i = 0; i < MAX_LINES; i++) {
		util_format(p->name, sizeof(p->name), "ttyS%u", i);
		if (is_at(root, p->name, &spcr))
			return;
	}
	p->name[0] = '\0';
}

static bool is_word(const char *words, const char *word)
{
	const char *p = words;
	size_t len = strlen(word);

	while ((p = strstr(p, word))) {
		if ((p == words || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
		p += len;
	}
	return false;
}

static unsigned int find_named(const char *setting, const struct serial_port *spcr,
			       const char *active, struct serial_port *ports)
{
	unsigned int n = 0;
	struct serial_port p;

	while (*setting && next_named(&setting, &p)) {
		if (p.baud == 0 && !is_word(active, p.name))
			p.baud = strcmp(p.name, spcr->name) == 0 ? spcr->baud : SERIAL_BAUD;
		add_port(ports, &n, p.name, p.baud, p.why);
	}
	return n;
}

/* The kernel's consoles, as words. */
static void read_active(const struct sysroot *root, char *buf, size_t size)
{
	if (sysroot_read(root, buf, size, "sys/class/tty/console/active") < 0)
		buf[0] = '\0';
}

unsigned int serial_find(const struct sysroot *root, const char *setting,
			 struct serial_port ports[SERIAL_MAX_PORTS])
{
	char active[256], name[16], *save = NULL, *word;
	struct serial_port spcr;
	unsigned int n = 0, i;

	read_active(root, active, sizeof(active));
	find_spcr(root, &spcr);
	if (strcmp(setting, AUTO) != 0)
		return find_named(setting, &spcr, active, ports);
	for (word = strtok_r(active, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (is_serial(word))
			add_port(ports, &n, word, 0, "console=");
	if (spcr.name[0])
		add_port(ports, &n, spcr.name, spcr.baud, "SPCR");
	for (i = 0; i < MAX_LINES; i++) {
		util_format(name, sizeof(name), "ttyS%u", i);
		if (answers(root, name))
			add_port(ports, &n, name, SERIAL_BAUD, "it answers");
	}
	return n;
}

/* A UART, or what behaves as one (a USB adapter): neither a screen nor a hypervisor's console. */
static bool is_line(const struct sysroot *root, const char *name, int fd)
{
	struct serial_struct serial;

	return answers(root, name) || ioctl(fd, TIOCGSERIAL, &serial) == 0;
}

/*
 * No flow control: what stands at the other end need not read, and noise on an open line could say
 * XOFF. A line that has been stopped so goes on. With @baud 0 that is all, as the kernel has set
 * the rest up. Otherwise 8 bits, no parity, and no echo, which could go round for ever; lines end
 * in CR LF.
 */
static void set_up(int fd, unsigned int baud)
{
	struct termios t;
	speed_t code;

	if (tcgetattr(fd, &t) < 0)
		return;
	if (baud == 0) {
		t.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
	} else if (find_speed(baud, &code)) {
		t.c_iflag = 0;
		t.c_lflag = 0;
		t.c_oflag = OPOST | ONLCR;
		t.c_cflag = CS8 | CREAD | CLOCAL;
		cfsetispeed(&t, code);
		cfsetospeed(&t, code);
	}
	tcsetattr(fd, TCSANOW, &t);
}

/* For as long as the log is open. Names go to @list, if they are opened. */
static int open_tty(const struct sysroot *root, const char *name, unsigned int baud, char *list,
		    size_t size)
{
	int fd = sysroot_openat(root, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_APPEND, "dev/%s", name);

	if (fd < 0)
		return fd;
	if (is_line(root, name, fd))
		set_up(fd, baud);
	if (!log_add_sink(fd))
		return -ENOSPC;
	util_format(list + strlen(list), size - strlen(list), "%s\n", name);
	return 0;
}

static int open_others(const struct sysroot *root, bool screen, char *list, size_t size)
{
	char active[256], *save = NULL, *word;
	int ret = 0;

	read_active(root, active, sizeof(active));
	for (word = strtok_r(active, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		int err = 0;

		if (screen && log_is_screen(word))
			log_stay_silent();
		else if (!is_serial(word))
			err = open_tty(root, word, 0, list, size);
		ret = err < 0 ? err : ret;
	}
	return ret;
}

static void write_list(const struct sysroot *root, const char *list)
{
	int fd = openat(root->fd, SERIAL_LIST, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return; /* not before init has made the folder */
	(void)!util_write_all(fd, list, strlen(list));
	close(fd);
}

int serial_open_consoles(const struct sysroot *root, const char *setting, bool screen)
{
	struct serial_port ports[SERIAL_MAX_PORTS];
	unsigned int n = serial_find(root, setting, ports), i, opened = 0;
	char list[512] = "";
	int ret = open_others(root, screen, list, sizeof(list)), err;

	for (i = 0; i < n; i++) {
		err = open_tty(root, ports[i].name, ports[i].baud, list, sizeof(list));
		opened += err == 0;
		ret = err < 0 ? err : ret;
	}
	if (opened == 0 && strcmp(setting, AUTO) != 0) {
		log_close();
		err = serial_open_consoles(root, AUTO, screen);
		return ret < 0 ? ret : err;
	}
	write_list(root, list);
	return ret;
}

void serial_log_ports(const struct sysroot *root, const char *setting)
{
	struct serial_port ports[SERIAL_MAX_PORTS];
	unsigned int n = serial_find(root, setting, ports), i;
	struct spcr spcr;

	for (i = 0; i < n; i++)
		if (ports[i].baud)
			log_info("serial: %s has these lines, at %u baud (%s)", ports[i].name,
				 ports[i].baud, ports[i].why);
		else
			log_info("serial: %s has these lines (%s)", ports[i].name, ports[i].why);
	if (spcr_read(root, &spcr) < 0 || spcr.address == 0)
		return;
	find_spcr(root, &ports[0]);
	if (!ports[0].name[0])
		log_info("serial: SPCR names the port at %s %#llx, which the kernel does not have",
			 spcr.is_memory ? "address" : "I/O port", (unsigned long long)spcr.address);
}
