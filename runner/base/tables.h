/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data files of configs/, linked in as NUL-terminated texts by scripts/build/tables.S.
 */
#ifndef VFPROOF_BASE_TABLES_H
#define VFPROOF_BASE_TABLES_H

extern const char table_advice[]; /* configs/advice.ini */
extern const char table_symptoms[]; /* configs/symptoms.ini */
extern const char table_profiles[]; /* configs/profiles/, all in one */
extern const char table_css[]; /* configs/report.css */
extern const char table_fleet_css[]; /* configs/fleet.css */
extern const char table_fleet_js[]; /* configs/fleet.js */
extern const char table_rules[]; /* configs/rules.ini */

#endif
