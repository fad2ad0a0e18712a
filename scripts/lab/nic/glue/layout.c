// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether this QEMU is the one that qemu.h describes, and where in its structures things are. What
 * can be compared is: versions, names, the classes of QEMU's own NICs, and how much memory its
 * objects take.
 */
#include <dlfcn.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "qemu.h"

struct qemu_functions qemu;
struct qemu_layout layout;

#define CLASS_SIZE_MAX 1024 /* bytes of a class that are looked at; they take some 400 */

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("lab NICs: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\nlab NICs: docs/lab-nics.md, \"Another QEMU\", says how to make them fit\n",
	      stderr);
	va_end(args);
}

#define REFUSE(...) (say(__VA_ARGS__), exit(1))

static bool version_is_tried(void)
{
	const struct qemu_version *version = qemu.qmp_query_version(NULL);
	int major = version->qemu->major, minor = version->qemu->minor;

	if (major == QEMU_MAJOR && minor == QEMU_MINOR)
		return true;
	say("they were tried with QEMU %d.%d, and this is %d.%d: there are none", QEMU_MAJOR,
	    QEMU_MINOR, major, minor);
	return false;
}

bool layout_find_functions(bool *usable)
{
	static const struct {
		const char *name;
		size_t place;
	} names[] = {
#define QEMU_NAME(result, name, parameters) { #name, offsetof(struct qemu_functions, name) },
		QEMU_FUNCTIONS(QEMU_NAME)
#undef QEMU_NAME
	};
	size_t i;

	*usable = false;
	if (!dlsym(RTLD_DEFAULT, "type_register_static"))
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *address = dlsym(RTLD_DEFAULT, names[i].name);

		if (!address) {
			say("this QEMU has no function %s(): there are none", names[i].name);
			return true;
		}
		memcpy((char *)&qemu + names[i].place, &address, sizeof(address));
	}
	*usable = version_is_tried();
	return true;
}

const void *layout_find_variable(const char *name)
{
	const void *address = dlsym(RTLD_DEFAULT, name);

	if (!address)
		REFUSE("this QEMU has no variable %s", name);
	return address;
}

/* The place of vendor, device, revision and class in the class of @name. */
static size_t find_ids(const char *name, uint16_t device, uint8_t revision)
{
	const uint8_t *class = qemu.object_class_by_name(name);
	const uint8_t want[] = { 0x86, 0x80, device & 0xff, device >> 8, revision };
	size_t at;

	if (!class)
		REFUSE("this QEMU has no %s to compare with", name);
	for (at = 0; at < CLASS_SIZE_MAX; at += 2)
		if (!memcmp(class + at, want, sizeof(want)) && class[at + 6] == 0 &&
		    class[at + 7] == 2)
			return at;
	REFUSE("the IDs of QEMU's %s are nowhere in its class", name);
}

/* The place of a pointer to the text @text in the class of @name. */
static size_t find_text(const char *name, const char *text)
{
	const uint8_t *class = qemu.object_class_by_name(name);
	/* The first pointer of a class is its type, and the class before it is allocated memory. */
	size_t at;

	for (at = sizeof(void *); at < layout.ids; at += sizeof(void *)) {
		const char *there;

		memcpy(&there, class + at, sizeof(there));
		/* A pointer to constants of the program, and no other number. */
		Dl_info info;

		if (there && dladdr(there, &info) && !strcmp(there, text))
			return at;
	}
	REFUSE("the description of QEMU's %s is nowhere in its class", name);
}

/* Properties are an array; the first two of a NIC have known names. */
static void check_properties(const char *name)
{
	const uint8_t *class = qemu.object_class_by_name(name);
	const struct qemu_property *first;

	memcpy(&first, class + layout.description + sizeof(void *), sizeof(first));
	if (!first || strcmp(first[0].name, "mac") || strcmp(first[1].name, "netdev") ||
	    first[0].info != layout_find_variable("qdev_prop_macaddr") ||
	    first[1].info != layout_find_variable("qdev_prop_netdev") ||
	    first[1].offset - first[0].offset != offsetof(struct qemu_net_conf, peers))
		REFUSE("a property of this QEMU's %s is not as struct qemu_property", name);
}

/* @room must be enough for an object of the type @name. */
static void check_size(const char *name, size_t room)
{
	void *object = qemu.object_new(name);
	size_t size = malloc_usable_size(object);

	qemu.object_unref(object);
	if (size > room)
		REFUSE("an object of QEMU's type %s takes %zu bytes, and there is room for %zu",
		       name, size, room);
}

/* A function of a class that has one must point into the program. */
static void check_function(const char *name, size_t at)
{
	const uint8_t *class = qemu.object_class_by_name(name);
	void *function;
	Dl_info info;

	memcpy(&function, class + at, sizeof(function));
	if (!function || !dladdr(function, &info))
		REFUSE("there is no function %zu bytes before the IDs of QEMU's %s",
		       layout.ids - at, name);
}

void layout_find_places(void)
{
	static bool found;

	if (found)
		return;
	found = true;
	layout.ids = find_ids("igb", 0x10c9, 1);
	if (find_ids("e1000e", 0x10d3, 0) != layout.ids)
		REFUSE("the IDs of QEMU's igb and e1000e are in different places");
	layout.realize = layout.ids - 4 * sizeof(void *);
	layout.exit = layout.ids - 3 * sizeof(void *);
	layout.config_read = layout.ids - 2 * sizeof(void *);
	layout.config_write = layout.ids - sizeof(void *);
	check_function("igb", layout.realize);
	check_function("igb", layout.exit);
	/* Of QEMU's NICs, none has these in its class. */
	check_function("nvme", layout.config_read);
	check_function("nvme", layout.config_write);
	layout.description = find_text("igb", "Intel 82576 Gigabit Ethernet Controller");
	check_properties("igb");
	check_size("pci-testdev", QEMU_PCI_DEVICE_ROOM);
	check_size("memory-region", QEMU_REGION_ROOM);
}
