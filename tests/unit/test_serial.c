/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which serial ports have the log, at which speed, and that none of them is waited for. */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/log.h"
#include "sys/serial.h"
#include "sys/spcr.h"

#define SPCR_LENGTH 80

static void seal(uint8_t *t, uint8_t length)
{
	uint8_t sum = 0;

	t[4] = length;
	t[9] = 0;
	for (unsigned int i = 0; i < length; i++)
		sum = (uint8_t)(sum + t[i]);
	t[9] = (uint8_t)-sum;
}

/* As firmware writes it: revision 2, a 16550 at an I/O port. */
static void make_spcr(uint8_t t[SPCR_LENGTH], uint16_t port, uint8_t speed)
{
	memset(t, 0, SPCR_LENGTH);
	memcpy(t, "SPCR", 4);
	t[8] = 2;
	t[40] = 1; /* I/O space */
	t[41] = 8;
	t[44] = (uint8_t)port;
	t[45] = (uint8_t)(port >> 8);
	t[58] = speed;
	t[60] = 1;
	t[64] = t[65] = t[66] = t[67] = 0xff; /* no PCI device */
	seal(t, SPCR_LENGTH);
}

static void put_spcr(const struct core_fake *f, const uint8_t *t, size_t len)
{
	_cleanup_close_ int fd = -1;

	core_fake_write(f, "sys/firmware/acpi/tables/SPCR", "");
	fd = openat(f->root.fd, "sys/firmware/acpi/tables/SPCR", O_WRONLY | O_CLOEXEC);
	assert_int_equal(util_write_all(fd, t, len), 0);
}

static void spcr_table(void **state)
{
	uint8_t t[84] = { 0 };
	struct spcr s;

	(void)state;
	make_spcr(t, 0x2f8, 6);
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), 0);
	assert_true(s.is_8250);
	assert_false(s.is_memory);
	assert_int_equal(s.address, 0x2f8);
	assert_int_equal(s.baud, 57600);
	make_spcr(t, 0x2f8, 0);
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), 0);
	assert_int_equal(s.baud, 0);
	/* Revision 4 can name any speed. */
	t[8] = 4;
	t[80] = 0x00;
	t[81] = 0x84;
	t[82] = 0x03; /* 230400 */
	seal(t, sizeof(t));
	assert_int_equal(spcr_parse(t, sizeof(t), &s), 0);
	assert_int_equal(s.baud, 230400);
	/* Registers in memory, of a 16550 with parameters, and of something else. */
	make_spcr(t, 0x8000, 7);
	t[36] = 0x12;
	t[40] = 0;
	seal(t, SPCR_LENGTH);
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), 0);
	assert_true(s.is_8250 && s.is_memory);
	t[36] = 3;
	seal(t, SPCR_LENGTH);
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), 0);
	assert_false(s.is_8250);
}

static void spcr_broken(void **state)
{
	uint8_t t[SPCR_LENGTH];
	struct spcr s;
	size_t len;

	(void)state;
	make_spcr(t, 0x2f8, 6);
	for (len = 0; len < SPCR_LENGTH; len++)
		assert_int_equal(spcr_parse(t, len, &s), -EBADMSG);
	t[58]++;
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), -EBADMSG); /* checksum */
	make_spcr(t, 0x2f8, 6);
	t[4] = SPCR_LENGTH + 1;
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), -EBADMSG);
	make_spcr(t, 0x2f8, 6);
	t[40] = 2; /* PCI configuration space */
	seal(t, SPCR_LENGTH);
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), -EBADMSG);
	make_spcr(t, 0x2f8, 6);
	t[0] = 'D';
	seal(t, SPCR_LENGTH);
	assert_int_equal(spcr_parse(t, SPCR_LENGTH, &s), -EBADMSG);
}

static void setting(void **state)
{
	static const char *const good[] = { "auto", "ttyS0", "ttyS1:57600", "ttyS0,ttyS3:9600" };
	static const char *const bad[] = { "",	      ",",	    "ttyS0,",	     "ttyS1:",
					   "ttyS1:1", "ttyS1:x",    "ttyS1:115200:", "../ttyS1",
					   "ttyS1/",  "auto,ttyS0", "COM2",	     "ttyS0,,ttyS1",
					   "hvc0" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!serial_is_setting(good[i]))
			fail_msg("%s", good[i]);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (serial_is_setting(bad[i]))
			fail_msg("%s", bad[i]);
}

/* The first four are always there; what is behind them is told by "type". */
static void put_uart(const struct core_fake *f, unsigned int n, const char *type, const char *port)
{
	char path[64];

	util_format(path, sizeof(path), "sys/class/tty/ttyS%u/type", n);
	core_fake_write(f, path, type);
	util_format(path, sizeof(path), "sys/class/tty/ttyS%u/port", n);
	core_fake_write(f, path, port);
	util_format(path, sizeof(path), "sys/class/tty/ttyS%u/iomem_base", n);
	core_fake_write(f, path, "0x0\n");
	util_format(path, sizeof(path), "dev/ttyS%u", n);
	core_fake_write(f, path, "");
}

static void put_uarts(const struct core_fake *f)
{
	put_uart(f, 0, "4\n", "0x3F8\n");
	put_uart(f, 1, "4\n", "0x2F8\n");
	put_uart(f, 2, "0\n", "0x3E8\n");
	put_uart(f, 3, "0\n", "0x2E8\n");
}

static void assert_ports(const struct core_fake *f, const char *value, const char *want)
{
	struct serial_port ports[SERIAL_MAX_PORTS];
	unsigned int n = serial_find(&f->root, value, ports), i;
	char text[256] = "";

	for (i = 0; i < n; i++)
		util_format(text + strlen(text), sizeof(text) - strlen(text), "%s%s %u %s",
			    i ? "; " : "", ports[i].name, ports[i].baud, ports[i].why);
	assert_string_equal(text, want);
}

static void which_ports(void **state)
{
	struct core_fake *f = *state;
	uint8_t t[SPCR_LENGTH];

	put_uarts(f);
	core_fake_write(f, "sys/class/tty/console/active", "tty0 ttyS0\n");
	assert_ports(f, "auto", "ttyS0 0 console=; ttyS1 115200 it answers");
	make_spcr(t, 0x2f8, 6);
	put_spcr(f, t, sizeof(t));
	assert_ports(f, "auto", "ttyS0 0 console=; ttyS1 57600 SPCR");
	/* The kernel has been told nothing. */
	core_fake_write(f, "sys/class/tty/console/active", "tty0\n");
	assert_ports(f, "auto", "ttyS1 57600 SPCR; ttyS0 115200 it answers");
	/* A table that names nothing, or a port that is not there. */
	make_spcr(t, 0, 7);
	put_spcr(f, t, sizeof(t));
	assert_ports(f, "auto", "ttyS0 115200 it answers; ttyS1 115200 it answers");
	make_spcr(t, 0x3e8, 3);
	put_spcr(f, t, sizeof(t));
	assert_ports(f, "auto", "ttyS0 115200 it answers; ttyS1 115200 it answers");
	/* A BMC's UART behind PCI, with its registers in memory. */
	put_uart(f, 4, "4\n", "0x0\n");
	core_fake_write(f, "sys/class/tty/ttyS4/iomem_base", "0xFE035000\n");
	make_spcr(t, 0, 3);
	t[40] = 0;
	t[45] = 0x50;
	t[46] = 0x03;
	t[47] = 0xfe;
	seal(t, sizeof(t));
	put_spcr(f, t, sizeof(t));
	assert_ports(f, "auto",
		     "ttyS4 9600 SPCR; ttyS0 115200 it answers; ttyS1 115200 it answers");
	assert_ports(f, "ttyS4,ttyS1:38400", "ttyS4 9600 serial=; ttyS1 38400 serial=");
	core_fake_write(f, "sys/class/tty/console/active", "tty0 ttyS10 ttyS0\n");
	assert_ports(f, "ttyS0,ttyS1,ttyS0", "ttyS0 0 serial=; ttyS1 115200 serial=");
}

/* The lines are on all that there are, once on each. */
static void lines_on_all(void **state)
{
	struct core_fake *f = *state;
	char *text;
	unsigned int i;

	put_uarts(f);
	core_fake_write(f, "sys/class/tty/console/active", "tty0 ttyS0\n");
	core_fake_write(f, "dev/tty0", "");
	core_fake_write(f, "run/vfproof/x", "");
	assert_int_equal(serial_open_consoles(&f->root, "auto", true), 0);
	log_raw("VFPROOF-RESULT: x");
	log_close();
	core_assert_file(f, "dev/ttyS0", "VFPROOF-RESULT: x");
	core_assert_file(f, "dev/ttyS1", "VFPROOF-RESULT: x");
	for (i = 2; i < 4; i++) {
		text = core_fake_read(f, i == 2 ? "dev/ttyS2" : "dev/tty0");
		assert_string_equal(text, "");
		free(text);
	}
	core_assert_file(f, SERIAL_LIST, "ttyS0\nttyS1");
	/* Named ones only; ones that are not there are no reason to say nothing. */
	assert_int_equal(serial_open_consoles(&f->root, "ttyS3", false), 0);
	log_raw("two");
	log_close();
	core_assert_file(f, "dev/ttyS3", "two");
	core_assert_file(f, "dev/tty0", "two");
	core_assert_file(f, "dev/ttyS1", "VFPROOF-RESULT: x");
	assert_int_equal(serial_open_consoles(&f->root, "ttyS9", true), -ENOENT);
	log_raw("three");
	log_close();
	core_assert_file(f, "dev/ttyS1", "VFPROOF-RESULT: x\nthree");
	core_assert_file(f, SERIAL_LIST, "ttyS0\nttyS1");
}

/* A terminal whose other end is ours: as sink of the log, or by the name of a port. */
struct line {
	int master, slave;
	char name[64];
};

static void line_open(struct line *l)
{
	assert_int_equal(openpty(&l->master, &l->slave, l->name, NULL, NULL), 0);
	fcntl(l->master, F_SETFL, O_NONBLOCK);
}

static size_t line_read(const struct line *l, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len + 1 < size && (n = read(l->master, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	return len;
}

static void speak(unsigned int lines)
{
	char text[300];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	while (lines-- > 0)
		log_raw(text);
}

static void speak_in_child(unsigned int lines)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		speak(lines);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/*
 * One that takes nothing is waited for once, by all processes together, and the other one has all
 * lines meanwhile. When it takes bytes again it is told how many it has missed.
 */
static void stuck_line(void **state)
{
	struct core_fake *f = *state;
	static char buf[1 << 20];
	struct line stuck, good;
	uint64_t begin = util_now_ms();
	_cleanup_free_ char *all = NULL;
	const char *missing;

	line_open(&stuck);
	line_open(&good);
	core_fake_write(f, "dev/good", "");
	assert_true(log_add_sink(open(stuck.name, O_WRONLY | O_NONBLOCK | O_NOCTTY)));
	assert_true(log_add_sink(openat(f->root.fd, "dev/good", O_WRONLY | O_APPEND)));
	speak_in_child(200);
	assert_in_range(util_now_ms() - begin, 900, 4000);
	begin = util_now_ms();
	speak_in_child(200);
	speak(1);
	assert_true(util_now_ms() - begin < 900);
	all = core_fake_read(f, "dev/good");
	assert_int_equal(strlen(all), 401 * 300 - 1);

	assert_true(line_read(&stuck, buf, sizeof(buf)) > 0);
	log_raw("it goes on");
	line_read(&stuck, buf, sizeof(buf));
	missing = strstr(buf, " bytes are missing here");
	assert_non_null(missing);
	assert_non_null(strstr(missing, "it goes on"));
	begin = util_now_ms();
	log_close();
	assert_true(util_now_ms() - begin < 2000);
	close(stuck.master);
	close(stuck.slave);
	close(good.master);
	close(good.slave);
}

/* One of several processes: lines of @c alone. */
static pid_t babble(char c)
{
	char text[300];
	pid_t pid = fork();
	int i;

	if (pid != 0)
		return pid;
	memset(text, c, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 100; i++)
		log_raw(text);
	_exit(0);
}

/* A terminal takes lines in pieces; those of another process do not get in between. */
static void whole_lines(void **state)
{
	static char buf[1 << 20];
	unsigned int lines = 0;
	struct termios t;
	struct line l;
	size_t len = 0;
	char *p, *end;
	pid_t pids[3];
	int i, status;

	(void)state;
	line_open(&l);
	assert_int_equal(tcgetattr(l.slave, &t), 0);
	cfmakeraw(&t);
	assert_int_equal(tcsetattr(l.slave, TCSANOW, &t), 0);
	assert_true(log_add_sink(open(l.name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)));
	for (i = 0; i < 3; i++)
		pids[i] = babble((char)('a' + i));
	/* Little by little: what is written waits for room in the midst of a line. */
	while (len < 3 * 100 * 300) {
		struct pollfd ready = { .fd = l.master, .events = POLLIN };
		ssize_t n;

		assert_int_equal(poll(&ready, 1, 10000), 1);
		n = read(l.master, buf + len, 100);
		assert_true(n > 0);
		len += (size_t)n;
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
	for (p = buf; (end = memchr(p, '\n', len - (size_t)(p - buf))); p = end + 1, lines++) {
		assert_int_equal(end - p, 299);
		assert_int_equal(strspn(p, (char[]){ *p, '\0' }), 299);
	}
	assert_int_equal(lines, 300);
	log_close();
	close(l.master);
	close(l.slave);
}

/* The line's settings: no flow control that noise could stop, no echo, CR LF. */
static void line_is_set_up(void **state)
{
	struct core_fake *f = *state;
	struct line l;
	struct termios t;
	char buf[64];

	line_open(&l);
	core_fake_write(f, "sys/class/tty/console/active", "tty0\n");
	core_fake_write(f, "dev/tty0", "");
	put_uart(f, 1, "4\n", "0x2F8\n");
	assert_int_equal(unlinkat(f->root.fd, "dev/ttyS1", 0), 0);
	core_fake_symlink(f, l.name, "dev/ttyS1");
	assert_int_equal(serial_open_consoles(&f->root, "ttyS1:57600", true), 0);
	log_raw("one");
	assert_int_equal(tcgetattr(l.slave, &t), 0);
	assert_int_equal(cfgetospeed(&t), B57600);
	assert_int_equal(t.c_iflag & (IXON | IXOFF), 0);
	assert_int_equal(t.c_lflag & (ECHO | ICANON), 0);
	assert_true(t.c_cflag & CLOCAL);
	assert_int_equal(t.c_cflag & CRTSCTS, 0);
	line_read(&l, buf, sizeof(buf));
	assert_string_equal(buf, "one\r\n");
	log_close();
	close(l.master);
	close(l.slave);
}

/* A console of the kernel, whose other end is ours, in the place of dev/@name. */
static void put_console(const struct core_fake *f, const struct line *l, const char *name)
{
	char path[64];

	util_format(path, sizeof(path), "%s\n", name);
	core_fake_write(f, "sys/class/tty/console/active", path);
	util_format(path, sizeof(path), "dev/%s", name);
	core_fake_write(f, path, "");
	assert_int_equal(unlinkat(f->root.fd, path, 0), 0);
	core_fake_symlink(f, l->name, path);
}

static void set_flags(const struct line *l, tcflag_t iflag)
{
	struct termios t;

	assert_int_equal(tcgetattr(l->slave, &t), 0);
	t.c_iflag |= iflag;
	assert_int_equal(tcsetattr(l->slave, TCSANOW, &t), 0);
}

static tcflag_t get_flags(const struct line *l)
{
	struct termios t;

	assert_int_equal(tcgetattr(l->slave, &t), 0);
	return t.c_iflag;
}

/* A port of console= stays as it is, but an XOFF that noise said stops it no more, and no longer.
 */
static void console_without_flow_control(void **state)
{
	struct core_fake *f = *state;
	struct termios before, after;
	struct line l;
	char buf[64];

	line_open(&l);
	set_flags(&l, IXON | IXOFF | ICRNL);
	put_uart(f, 0, "4\n", "0x3F8\n");
	put_console(f, &l, "ttyS0");
	assert_int_equal(tcgetattr(l.slave, &before), 0);
	assert_int_equal(write(l.master, "\x13", 1), 1);
	assert_int_equal(serial_open_consoles(&f->root, "auto", true), 0);
	assert_int_equal(write(l.master, "\x13", 1), 1);
	log_raw("one");
	line_read(&l, buf, sizeof(buf));
	assert_non_null(strstr(buf, "one\r\n"));
	assert_int_equal(tcgetattr(l.slave, &after), 0);
	assert_int_equal(after.c_iflag, before.c_iflag & ~(tcflag_t)(IXON | IXOFF));
	assert_int_equal(after.c_oflag, before.c_oflag);
	assert_int_equal(after.c_cflag, before.c_cflag);
	assert_int_equal(after.c_lflag, before.c_lflag);
	log_close();
	close(l.master);
	close(l.slave);
}

/* A screen, a hypervisor's console, or a name without a UART behind it. */
static void other_terminals_stay(void **state)
{
	struct core_fake *f = *state;
	struct line l;

	line_open(&l);
	set_flags(&l, IXON | IXOFF);
	put_console(f, &l, "hvc0");
	assert_int_equal(serial_open_consoles(&f->root, "auto", false), 0);
	assert_int_equal(get_flags(&l) & (IXON | IXOFF), IXON | IXOFF);
	log_close();
	put_console(f, &l, "tty1");
	assert_int_equal(serial_open_consoles(&f->root, "tty1:115200", false), 0);
	assert_int_equal(get_flags(&l) & (IXON | IXOFF), IXON | IXOFF);
	log_close();
	put_console(f, &l, "ttyS2");
	core_fake_write(f, "sys/class/tty/ttyS2/type", "0\n");
	assert_int_equal(serial_open_consoles(&f->root, "auto", false), 0);
	assert_int_equal(get_flags(&l) & (IXON | IXOFF), IXON | IXOFF);
	log_close();
	close(l.master);
	close(l.slave);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spcr_table),
		cmocka_unit_test(spcr_broken),
		cmocka_unit_test(setting),
		test_with_fake(which_ports),
		test_with_fake(lines_on_all),
		test_with_fake(stuck_line),
		test_with_fake(whole_lines),
		test_with_fake(line_is_set_up),
		test_with_fake(console_without_flow_control),
		test_with_fake(other_terminals_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
