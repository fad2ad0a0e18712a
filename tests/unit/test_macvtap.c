/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macvtap on a pair of virtual links in a network namespace of the test's own, with a /sys and a
 * /dev that show it.
 */
#include "fake_sysroot.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>
#include <linux/if_tun.h>
#include <net/if.h>

#include "cases/tap.h"
#include "engine/undo.h"
#include "model/advice.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/macvtap.h"
#include "wire/frames.h"
#include "wire/traffic.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x10 };
static bool have_macvtap;

/* mvp0 is the parent, mvp1 the far end of its wire. */
static int make_parent(void **state)
{
	(void)state;
	if (!fake_netns() || unshare(CLONE_NEWNS) < 0 || fake_veth("mvp0", "mvp1") < 0)
		return 0;
	/* Where "/" is not a mount itself, as below a chroot, what was mounted around it counts. */
	(void)!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
	if (link_wait_carrier("mvp0", 2000) < 0 ||
	    macvtap_create("mvtry", "mvp0", MACVLAN_MODE_BRIDGE, NULL) < 0)
		return 0;
	have_macvtap = link_delete("mvtry") == 0;
	return 0;
}

static int tree_setup(void **state)
{
	char path[300];
	struct fake_sysroot *fs;
	int ret = fake_tree_setup(state);

	if (ret != 0 || !have_macvtap)
		return ret;
	fs = *state;
	fake_dir(fs, "sys");
	fake_dir(fs, "dev");
	snprintf(path, sizeof(path), "%s/sys", fs->dir);
	ret = mount("sysfs", path, "sysfs", 0, NULL);
	snprintf(path, sizeof(path), "%s/dev", fs->dir);
	return ret == 0 ? mount("devtmpfs", path, "devtmpfs", 0, NULL) : ret;
}

static int tree_teardown(void **state)
{
	struct fake_sysroot *fs = *state;
	char path[300];

	if (have_macvtap) {
		/* Whatever a test that failed has left. */
		(void)!link_delete("mv0");
		(void)!link_delete("mv1");
		snprintf(path, sizeof(path), "%s/sys", fs->dir);
		umount(path);
		snprintf(path, sizeof(path), "%s/dev", fs->dir);
		umount(path);
	}
	return fake_tree_teardown(state);
}

static void need_macvtap(void)
{
	if (!have_macvtap) {
		print_message("no namespaces or no macvtap here: not tested\n");
		skip();
	}
}

static void test_create(void **state)
{
	struct link_info info;

	(void)state;
	need_macvtap();
	assert_int_equal(macvtap_create("mv0", "mvp0", MACVLAN_MODE_PRIVATE, mac), 0);
	assert_int_equal(link_get("mv0", &info), 0);
	assert_memory_equal(info.mac, mac, 6);
	assert_false(info.admin_up);
	assert_int_equal(macvtap_create("mv0", "mvp0", MACVLAN_MODE_PRIVATE, mac), -EEXIST);
	/* Two with one MAC may be there, but not up. */
	assert_int_equal(macvtap_create("mv1", "mvp0", MACVLAN_MODE_VEPA, mac), 0);
	assert_int_equal(link_set_up("mv0", true), 0);
	assert_int_equal(link_set_up("mv1", true), -EADDRINUSE);
	assert_int_equal(macvtap_create("mv2", "mvp0", MACVLAN_MODE_PASSTHRU, NULL), -EINVAL);
	assert_int_equal(macvtap_create("mv2", "none", MACVLAN_MODE_BRIDGE, mac), -ENODEV);
	assert_int_equal(macvtap_create("mv2", "lo", MACVLAN_MODE_BRIDGE, mac), -EINVAL);
	assert_int_equal(link_delete("mv0"), 0);
	assert_int_equal(link_delete("mv0"), -ENODEV);
}

static void test_passthru(void **state)
{
	struct link_info parent, before;

	(void)state;
	need_macvtap();
	assert_int_equal(link_get("mvp0", &before), 0);
	assert_int_equal(macvtap_create("mv0", "mvp0", MACVLAN_MODE_PASSTHRU, mac), 0);
	assert_int_equal(link_get("mv0", &parent), 0);
	assert_memory_equal(parent.mac, before.mac, 6);
	assert_int_equal(macvtap_create("mv1", "mvp0", MACVLAN_MODE_BRIDGE, NULL), -EINVAL);
	assert_int_equal(link_set_mac("mv0", mac), 0);
	assert_int_equal(link_get("mvp0", &parent), 0);
	assert_memory_equal(parent.mac, mac, 6);
	assert_int_equal(link_delete("mv0"), 0);
	assert_int_equal(link_get("mvp0", &parent), 0);
	assert_memory_equal(parent.mac, before.mac, 6);
}

static void test_frames(void **state)
{
	struct fake_sysroot *fs = *state;
	struct frame f = { .direction = FRAME_REQUEST, .session = 2, .size = 200 }, got;
	uint8_t buf[MACVTAP_HEADER_SIZE + FRAME_MAX_SIZE];
	struct pollfd p = { .events = POLLIN };
	struct ifreq ifr = { 0 };
	int fd, far, size = 0;

	need_macvtap();
	assert_int_equal(macvtap_create("mv0", "mvp0", MACVLAN_MODE_BRIDGE, mac), 0);
	assert_int_equal(link_set_up("mv0", true), 0);
	fd = macvtap_open(&fs->root, "mv0");
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TUNGETIFF, &ifr), 0);
	assert_string_equal(ifr.ifr_name, "mv0");
	assert_int_equal(ifr.ifr_flags, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);
	assert_int_equal(ioctl(fd, TUNGETVNETHDRSZ, &size), 0);
	assert_int_equal(size, MACVTAP_HEADER_SIZE);

	far = traffic_open("mvp1", f.src);
	assert_true(far >= 0);
	memcpy(f.dst, mac, 6);
	frames_build(buf, &f);
	assert_int_equal(send(far, buf, f.size, 0), f.size);
	p.fd = fd;
	assert_int_equal(poll(&p, 1, 2000), 1);
	assert_int_equal(read(fd, buf, sizeof(buf)), MACVTAP_HEADER_SIZE + f.size);
	assert_int_equal(frames_parse(buf + MACVTAP_HEADER_SIZE, f.size, &got), FRAME_GOOD);
	assert_memory_equal(got.dst, mac, 6);
	close(far);
	close(fd);
}

static void test_open_errors(void **state)
{
	struct fake_sysroot *fs = *state;
	struct link_info info;
	char path[300];

	need_macvtap();
	assert_int_equal(macvtap_open(&fs->root, "none"), -ENODEV);
	assert_int_equal(macvtap_open(&fs->root, "mvp0"), -ENOENT);
	assert_int_equal(macvtap_create("mv0", "mvp0", MACVLAN_MODE_BRIDGE, mac), 0);
	assert_int_equal(link_get("mv0", &info), 0);
	/* Another device has the name. */
	snprintf(path, sizeof(path), "%s/dev", fs->dir);
	assert_int_equal(umount(path), 0);
	assert_int_equal(macvtap_open(&fs->root, "mv0"), -ENOENT);
	snprintf(path, sizeof(path), "%s/dev/tap%d", fs->dir, info.ifindex);
	assert_int_equal(mknod(path, S_IFCHR | 0600, makedev(1, 3)), 0);
	assert_int_equal(macvtap_open(&fs->root, "mv0"), -ENXIO);
	assert_int_equal(unlink(path), 0);
}

static void test_undo(void **state)
{
	struct undo u = { .op = UNDO_LINK_DELETE, .text = "mv0" };
	struct link_info info;

	need_macvtap();
	assert_int_equal(macvtap_create("mv0", "mvp0", MACVLAN_MODE_BRIDGE, mac), 0);
	assert_int_equal(undo_run(&((struct fake_sysroot *)*state)->root, &u, 1), 0);
	assert_int_equal(link_get("mv0", &info), -ENODEV);
	assert_int_equal(undo_run(&((struct fake_sysroot *)*state)->root, &u, 1), 0);
}

/* The port is another macvtap's alone: the errno becomes the cause. */
static void test_refused(void **state)
{
	static struct item_result res;
	static struct taps taps;
	static struct tap t;
	const struct case_def def = { .id = "test" };
	struct settings settings;
	struct nic pf = { .addr = { .bus = 1 } };
	struct ctx ctx = { .def = &def, .settings = &settings, .res = &res, .pf = &pf };
	struct fake_sysroot *fs = *state;

	need_macvtap();
	settings_init(&settings);
	fake_link(fs, "sys/class/net/mvp0", "../../devices/pci0000:00/0000:01:00.0/net/mvp0");
	fake_link(fs, "sys/bus/pci/devices/0000:01:00.0/driver", "../../drivers/igb");
	ctx.root = &fs->root;
	t = (struct tap){ .ctx = &ctx,
			  .kind = { .mode = MACVLAN_MODE_BRIDGE },
			  .taps = &taps,
			  .parent = "mvp0" };
	assert_int_equal(macvtap_create("mv0", "mvp0", MACVLAN_MODE_PASSTHRU, mac), 0);
	assert_int_equal(tap_create_port(&t, 0), -EINVAL);
	assert_int_equal(link_delete("mv0"), 0);
	assert_int_equal(res.verdict, VERDICT_FAIL);
	assert_string_equal(res.label, "macvtap_refused");
	assert_non_null(strstr(res.measured, "mvp0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_create, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_passthru, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_frames, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_open_errors, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_undo, tree_setup, tree_teardown),
		cmocka_unit_test_setup_teardown(test_refused, fake_tree_setup, fake_tree_teardown),
	};

	if (advice_load() < 0)
		return 1;
	return cmocka_run_group_tests(tests, make_parent, NULL);
}
