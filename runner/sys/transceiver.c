/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory maps of transceiver modules. */
#include "sys/transceiver.h"

#include <errno.h>
#include <string.h>

enum { ID_SFP = 0x03, ID_QSFP = 0x0c, ID_QSFP_PLUS = 0x0d, ID_QSFP28 = 0x11, ID_CMIS = 0x18 };

/* Where each kind has it. */
struct map {
	const char *kind;
	size_t least; /* bytes */
	size_t vendor, part;
	size_t measured; /* page of the measurements: 0 none */
	size_t temperature, millivolts, rx, lanes;
	size_t alarms; /* flags of temperature (first byte) and voltage */
};

static const struct map sfp = {
	.kind = "SFP",
	.least = 96,
	.vendor = 20,
	.part = 40,
	.temperature = 256 + 96,
	.millivolts = 256 + 98,
	.rx = 256 + 104,
	.lanes = 1,
	.alarms = 256 + 112,
};

static const struct map qsfp = {
	.kind = "QSFP",
	.least = 184,
	.vendor = 148,
	.part = 168,
	.temperature = 22,
	.millivolts = 26,
	.rx = 34,
	.lanes = 4,
	.alarms = 6,
};

static const struct map cmis = { .kind = "CMIS",
				 .least = 164,
				 .vendor = 129,
				 .part = 148,
				 .temperature = 14,
				 .millivolts = 16 };

static const struct map *map_of(uint8_t id)
{
	if (id == ID_SFP)
		return &sfp;
	if (id == ID_QSFP || id == ID_QSFP_PLUS || id == ID_QSFP28)
		return &qsfp;
	return id >= ID_CMIS && id != 0xff ? &cmis : NULL;
}

static unsigned int be16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static void take_text(char out[17], const uint8_t *p)
{
	memcpy(out, p, 16);
	out[16] = '\0';
	util_sanitise(out);
	util_strlcpy(out, 17, util_trim(out));
}

/* SFP: byte 92 says that it measures; the others do if the voltage is not 0. */
static bool measures(const struct map *m, const uint8_t *data, size_t len)
{
	if (m == &sfp)
		return len >= 256 + 114 && data[92] & 0x40;
	return be16(data + m->millivolts) != 0;
}

/* Alarms are the upper half of the flags of high and low, warnings the lower. */
static void take_alarms(const struct map *m, const uint8_t *data, struct transceiver *out)
{
	const uint8_t *p = data + m->alarms;

	if (m == &sfp) {
		out->temperature_alarm = p[0] & 0xc0;
		out->voltage_alarm = p[0] & 0x30;
	} else if (m == &qsfp) {
		out->temperature_alarm = p[0] & 0xc0;
		out->voltage_alarm = p[1] & 0xc0;
	}
}

int transceiver_decode(const uint8_t *data, size_t len, struct transceiver *out)
{
	const struct map *m = len > 0 ? map_of(data[0]) : NULL;

	*out = (struct transceiver){ .kind = m ? m->kind : "unknown" };
	if (len == 0 || (m && len < m->least))
		return -EBADMSG;
	if (!m)
		return 0;
	take_text(out->vendor, data + m->vendor);
	take_text(out->part, data + m->part);
	out->diagnostics = measures(m, data, len);
	if (!out->diagnostics)
		return 0;
	out->temperature_c = (int8_t)data[m->temperature];
	out->millivolts = be16(data + m->millivolts) / 10;
	out->n_lanes = (unsigned int)m->lanes;
	for (unsigned int i = 0; i < out->n_lanes; i++)
		out->rx_uw[i] = be16(data + m->rx + 2 * i);
	take_alarms(m, data, out);
	return 0;
}
