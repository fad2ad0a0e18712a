/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/keep.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/member.h"
#include "model/advice.h"
#include "model/settings.h"
#include "report/deliver.h"
#include "report/forms.h"
#include "run/say.h"
#include "run/stick_watch.h"
#include "sys/mounts.h"

#define SECOND_MS 1000
#define MAX_SECONDS 3600
#define SAY_EACH_S 10

struct keep {
	struct sysroot root;
	struct store store;
	struct stick stick;
	struct stick_watch watch;
	char host[96], name[40];
};

static bool is_on_stick(const struct sysroot *root)
{
	char current[256];

	return sysroot_read(root, current, sizeof(current), STORE_RUN "/current") >= 0 &&
	       strstr(current, "/" STORE_STICK "/");
}

/* For the screen: how long it will still be waited; removed if @seconds is 0. */
static void write_wait(const struct sysroot *root, unsigned int seconds)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	char text[16];

	util_format(text, sizeof(text), "%u\n", seconds);
	if (dir >= 0 && seconds == 0)
		unlinkat(dir, STORE_WAIT_NAME, 0);
	else if (dir < 0 || util_write_durably(dir, STORE_WAIT_NAME, text, strlen(text)) < 0)
		log_error("the screen cannot be told for how long a stick is waited for");
}

static bool has_stick(void *arg)
{
	struct keep *k = arg;

	stick_watch_tick(&k->watch);
	return k->store.stick.fd >= 0;
}

/* Polls until there is a stick or the time is over, once a second by the clock of the screen. */
static bool wait_for_stick(struct keep *k, unsigned int seconds)
{
	const bool endless = seconds == 0;
	char which[STICK_WHICH];
	bool found = false;

	while (!found && (endless || seconds > 0)) {
		if (!endless) {
			write_wait(&k->root, seconds);
			if (seconds % SAY_EACH_S == 0)
				log_info("STICK: put one with %s in for the report: %u s",
					 stick_which(k->name, which), seconds);
			seconds--;
		}
		found = util_poll_until(has_stick, k, SECOND_MS) == 0;
	}
	write_wait(&k->root, 0);
	if (!found)
		stick_watch_end(&k->watch);
	return k->store.stick.fd >= 0;
}

static void read_host(struct keep *k)
{
	json_t *events = store_outline(&k->store);
	const json_t *host = json_object_get(journal_first(events, "start"), "host");

	util_strlcpy(k->host, sizeof(k->host), member_text(host, "serial"));
	json_decref(events);
}

/* The forms that were written at the run's end. */
static unsigned int forms_in_memory(const struct store *s)
{
	unsigned int forms = 0;
	size_t i;

	for (i = 0; i < FORM_FILES; i++)
		if (faccessat(s->memory_dir, form_get(i)->file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			forms |= FORM_BIT(i);
	return forms;
}

static void bring_report(struct keep *k)
{
	struct settings settings;
	const struct delivery delivery = { .root = &k->root,
					   .settings = &settings,
					   .store = &k->store,
					   .stick = &k->stick,
					   .send = false };
	char stored[600];

	settings_init(&settings);
	settings.reports = forms_in_memory(&k->store);
	json_decref(deliver_report(&delivery));
	store_describe(&k->store, stored, sizeof(stored));
	store_close(&k->store);
	close(util_take_fd(&k->stick.dir));
	mount_release(&k->root, STORE_STICK);
	log_info("STICK: the report is in %s; it can be pulled out", stored);
}

static int keep(struct keep *k, unsigned int seconds)
{
	bool found;

	if (is_on_stick(&k->root) || (seconds > 0 && !sysroot_exists(&k->root, STORE_LOST)))
		return 0;
	if (store_open_again(&k->store, &k->root) < 0)
		return 1;
	read_host(k);
	if (sysroot_read(&k->root, k->name, sizeof(k->name), STICK_NAME_FILE) <= 0)
		util_strlcpy(k->name, sizeof(k->name), STICK_LABEL);
	k->stick.dir = -1;
	k->watch = (struct stick_watch){ .root = &k->root,
					 .store = &k->store,
					 .stick = &k->stick,
					 .host = k->host,
					 .name = k->name };
	/* One that was put in since the runner looked for the last time counts, too. */
	k->watch.begun = sysroot_exists(&k->root, STORE_LOST);
	found = wait_for_stick(k, seconds);
	if (found)
		bring_report(k);
	else
		store_close(&k->store);
	return !found;
}

int keep_main(const char *root_path, const char *seconds)
{
	_cleanup_free_ struct keep *k = calloc(1, sizeof(*k));
	uint64_t s = 0;
	int status;

	if (!k || sysroot_open(&k->root, root_path) < 0 ||
	    (seconds[0] && util_parse_u64(seconds, 10, MAX_SECONDS, &s) < 0))
		return 1;
	say_open(&k->root);
	if (advice_load() < 0)
		log_error("the table of root causes cannot be read");
	status = keep(k, (unsigned int)s);
	log_close();
	sysroot_close(&k->root);
	return status;
}
