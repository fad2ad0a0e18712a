/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hot plug through both monitors of QEMU. */
#include "vm/vm_plug.h"

#include <errno.h>
#include <string.h>

#define PLUG_LINE_SIZE 512

const char *vm_monitor_name(enum vm_monitor monitor)
{
	return monitor == VM_MONITOR_HMP ? "HMP" : "QMP";
}

int vm_hmp(struct vm *vm, const char *line, char *out, size_t size, unsigned int timeout_ms)
{
	json_t *text = NULL;
	int ret = vm_qmp(vm, "human-monitor-command", json_pack("{s:s}", "command-line", line),
			 &text, timeout_ms);

	if (ret == 0 && size > 0)
		util_strlcpy(out, size, json_is_string(text) ? json_string_value(text) : "");
	json_decref(text);
	return ret;
}

/* Warnings are printed where the command was given, and are no refusal. */
static bool plug_line_is_refusal(const char *line)
{
	return line[0] != '\0' && !strstr(line, "warning: ") && !strstr(line, "info: ");
}

/* The human monitor says nothing to what it has done: any other line is its refusal. */
static int plug_run_hmp(struct vm *vm, const char *command, unsigned int timeout_ms)
{
	char out[VM_HMP_SIZE], *line, *save;
	int ret = vm_hmp(vm, command, out, sizeof(out), timeout_ms);

	if (ret < 0)
		return ret;
	for (line = strtok_r(out, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
		if (!plug_line_is_refusal(util_trim(line)))
			continue;
		vm_set_refusal(vm, "", line);
		return -EREMOTEIO;
	}
	return 0;
}

/* Appends to a command line of PLUG_LINE_SIZE; a comma within a value is written twice. */
static int plug_append(char *line, const char *text, bool value)
{
	size_t len = strlen(line);

	for (; *text != '\0'; text++) {
		unsigned int times = value && *text == ',' ? 2 : 1;

		if (len + times >= PLUG_LINE_SIZE)
			return -E2BIG;
		while (times-- > 0)
			line[len++] = *text;
	}
	line[len] = '\0';
	return 0;
}

static int plug_append_value(char *line, const json_t *value)
{
	char number[32];

	if (json_is_string(value))
		return plug_append(line, json_string_value(value), true);
	if (json_is_boolean(value))
		return plug_append(line, json_is_true(value) ? "on" : "off", false);
	if (!json_is_integer(value))
		return -EINVAL;
	util_format(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return plug_append(line, number, false);
}

/* "device_add DRIVER,key=value,...": the driver has to come first. */
static int plug_format_add(char *line, json_t *props)
{
	const char *driver = json_string_value(json_object_get(props, "driver")), *key;
	const json_t *value;
	int ret = driver ? 0 : -EINVAL;

	line[0] = '\0';
	if (ret == 0)
		ret = plug_append(line, "device_add ", false);
	if (ret == 0)
		ret = plug_append(line, driver, true);
	json_object_foreach (props, key, value) {
		if (ret < 0 || strcmp(key, "driver") == 0)
			continue;
		ret = plug_append(line, ",", false);
		if (ret == 0)
			ret = plug_append(line, key, false);
		if (ret == 0)
			ret = plug_append(line, "=", false);
		if (ret == 0)
			ret = plug_append_value(line, value);
	}
	return ret;
}

int vm_device_add(struct vm *vm, enum vm_monitor monitor, json_t *props, unsigned int timeout_ms)
{
	const char *id = json_string_value(json_object_get(props, "id"));
	_cleanup_free_ char *added = id ? strdup(id) : NULL;
	char line[PLUG_LINE_SIZE];
	int ret;

	if (monitor == VM_MONITOR_QMP) {
		ret = vm_qmp(vm, "device_add", props, NULL, timeout_ms);
	} else {
		ret = plug_format_add(line, props);
		json_decref(props);
		if (ret == 0)
			ret = plug_run_hmp(vm, line, timeout_ms);
	}
	/* All that is there by now is about an older device with this id. */
	while (ret == 0 && added && vm_wait_deleted(vm, added, 0) == 0)
		;
	return ret;
}

int vm_device_del(struct vm *vm, enum vm_monitor monitor, const char *id, unsigned int timeout_ms)
{
	char line[PLUG_LINE_SIZE];

	if (monitor == VM_MONITOR_QMP)
		return vm_qmp(vm, "device_del", json_pack("{s:s}", "id", id), NULL, timeout_ms);
	util_format(line, sizeof(line), "device_del %s", id);
	return plug_run_hmp(vm, line, timeout_ms);
}

int vm_wait_deleted(struct vm *vm, const char *id, unsigned int timeout_ms)
{
	return vm_qmp_wait_event(vm, "DEVICE_DELETED", id, NULL, timeout_ms);
}

int vm_send_fd(struct vm *vm, int fd, const char *name, unsigned int timeout_ms)
{
	return vm_qmp_with_fd(vm, "getfd", json_pack("{s:s}", "fdname", name), fd, NULL,
			      timeout_ms);
}
