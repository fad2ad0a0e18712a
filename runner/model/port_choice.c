/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports are tested. */
#include "model/port_choice.h"

#include <fnmatch.h>
#include <string.h>
#include "sys/inventory.h"

#define WORD_SIZE 96

struct word {
	bool out; /* with "-" in front */
	char text[WORD_SIZE]; /* without it */
};

/* Cuts the next word off *@pos. False at the end, and for one that is too long. */
static bool next_word(const char **pos, struct word *w)
{
	size_t len = strcspn(*pos, ",");
	const char *text = *pos;

	if (!text[0])
		return false;
	*pos += len + (text[len] == ',');
	w->out = text[0] == '-';
	text += w->out;
	len -= w->out;
	if (len >= sizeof(w->text))
		return false;
	memcpy(w->text, text, len);
	w->text[len] = '\0';
	return true;
}

bool port_choice_is_valid(const char *setting)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_*?[]!^-.:";
	const char *pos = setting;

	for (;;) {
		const bool more = pos[strcspn(pos, ",")] == ',';
		struct word w;

		if (!next_word(&pos, &w) || !w.text[0] || w.text[strspn(w.text, chars)] != '\0' ||
		    (w.out && (strcmp(w.text, "all") == 0 || strcmp(w.text, "linked") == 0)))
			return false;
		if (!more)
			return true;
	}
}

bool port_choice_asks_link(const char *setting)
{
	struct word w;

	while (next_word(&setting, &w))
		if (strcmp(w.text, "linked") == 0)
			return true;
	return false;
}

/* The address with or without its domain, the MAC, or the driver. */
static bool names_nic(const char *glob, const struct nic *n)
{
	char addr[PCI_ADDR_STRLEN];
	const char *short_addr = strchr(pci_addr_format(&n->addr, addr), ':') + 1;

	return fnmatch(glob, addr, FNM_CASEFOLD) == 0 ||
	       (n->addr.domain == 0 && fnmatch(glob, short_addr, FNM_CASEFOLD) == 0) ||
	       (n->mac[0] && fnmatch(glob, n->mac, FNM_CASEFOLD) == 0) ||
	       (n->driver[0] && fnmatch(glob, n->driver, FNM_CASEFOLD) == 0);
}

static bool fits(const struct word *w, bool links_known, const struct nic *n)
{
	if (strcmp(w->text, "all") == 0)
		return true;
	if (strcmp(w->text, "linked") == 0)
		return n->carrier || !links_known;
	return names_nic(w->text, n);
}

/* Words without "-" say which to take, all if there are none; of those, the others leave out. */
static bool is_taken(const char *setting, bool links_known, const struct nic *n)
{
	bool any = false, taken = false;
	struct word w;

	while (next_word(&setting, &w)) {
		const bool fit = fits(&w, links_known, n);

		if (w.out && fit)
			return false;
		any |= !w.out;
		taken |= !w.out && fit;
	}
	return taken || !any;
}

void port_choice_apply(const char *setting, bool links_known, struct inventory *inv)
{
	for (unsigned int i = 0; i < inv->n_nics; i++) {
		struct nic *n = &inv->nics[i];
		/* It is the link if a link would let it in. */
		const bool link = links_known && is_taken(setting, false, n);

		if (!n->left_out[0] && !is_taken(setting, links_known, n))
			util_format(n->left_out, sizeof(n->left_out), "left out%s",
				    link ? ", no link" : " by the settings");
	}
}

bool port_choice_unmatched(const char **pos, const struct inventory *inv, char *text, size_t size)
{
	struct word w;

	while (next_word(pos, &w)) {
		bool fit = false;

		for (unsigned int i = 0; i < inv->n_nics; i++)
			fit |= fits(&w, false, &inv->nics[i]);
		if (fit)
			continue;
		util_format(text, size, "%s%s", w.out ? "-" : "", w.text);
		return true;
	}
	return false;
}
