/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/follow.h"

#include <string.h>
#include "journal/member.h"
#include "model/reason.h"
#include "report/report.h"

#define HOST "host"

/* Requirements of cases, and the case that fails where they are not met. */
static const struct {
	const char *requirement, *id;
	bool of_host;
} shown_by[] = {
	{ "iommu", "host_iommu_on", true },	 { "kvm", "host_cpu_virt", true },
	{ "irq_remap", "host_irq_remap", true }, { "pf_driver", "nic_driver", false },
	{ "link", "nic_link", false },
};

const char *follow_case_of(const char *requirement)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shown_by); i++)
		if (strcmp(shown_by[i].requirement, requirement) == 0)
			return shown_by[i].id;
	return NULL;
}

static void name_item(char name[FOLLOW_NAME], const char *id, const char *subject)
{
	util_format(name, FOLLOW_NAME, "item %.100s %.100s", id, subject);
}

static void name_gone(char name[FOLLOW_NAME], const char *address)
{
	util_format(name, FOLLOW_NAME, "gone %.*s", (int)strcspn(address, " ,"), address);
}

static void name_dead(char name[FOLLOW_NAME], const char *subject)
{
	util_format(name, FOLLOW_NAME, "dead %.100s", subject);
}

void follow_each_name(const json_t *item, void (*take)(const char *name, void *arg), void *arg)
{
	const char *subject = member_text(item, "subject");
	const enum verdict v = report_item_verdict(item);
	char name[FOLLOW_NAME];

	name_item(name, member_text(item, "case"), subject);
	take(name, arg);
	if (strcmp(member_text(item, "label"), "port_gone") == 0) {
		name_gone(name, subject);
		take(name, arg);
	}
	if (v != VERDICT_CRASHED && v != VERDICT_TIMEOUT)
		return;
	name_dead(name, subject);
	take(name, arg);
	name_dead(name, "");
	take(name, arg);
}

/* "REQUIREMENT is missing: why" */
static bool follow_requirement(const char *reason, const char *subject, char name[FOLLOW_NAME])
{
	const size_t len = strcspn(reason, " ");
	size_t i;

	if (strncmp(reason + len, REASON_MISSING, strlen(REASON_MISSING)) != 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(shown_by); i++) {
		if (strlen(shown_by[i].requirement) != len ||
		    strncmp(shown_by[i].requirement, reason, len) != 0)
			continue;
		name_item(name, shown_by[i].id, shown_by[i].of_host ? HOST : subject);
		return true;
	}
	return false;
}

bool follow_name(const json_t *item, char name[FOLLOW_NAME])
{
	const char *reason = member_text(item, "reason"), *subject = member_text(item, "subject");
	const char *died = strstr(reason, REASON_DIED);

	if (strncmp(reason, REASON_SEE, strlen(REASON_SEE)) == 0)
		name_item(name, reason + strlen(REASON_SEE), subject);
	else if (report_item_verdict(item) == VERDICT_NOTRUN && died)
		name_dead(name, strstr(died, "the run was ended") ? "" : subject);
	else if (strstr(reason, REASON_GONE))
		name_gone(name, reason);
	else
		return follow_requirement(reason, subject, name);
	return true;
}
