#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The rows of the table of truths (docs/truth.md) that say most: servers that are ill on purpose, or odd. All others are
# run by make truth.
# bats file_tags=apart

bats_require_minimum_version 1.5.0

# row NAME: the server is booted, and all that the report says of it is right.
row() {
	"$BATS_TEST_DIRNAME/../../scripts/truth/run" "$1" 2>&1
}

# bats test_tags=minutes:1
@test "eeprom: a damaged EEPROM is the driver's trouble, the neighbour is well" {
	row eeprom
}

# bats test_tags=minutes:1
@test "fewer-vfs: half of the VFs do not answer, the others work" {
	row fewer-vfs
}

# bats test_tags=minutes:1
@test "tx-hang: a card stops sending under a guest" {
	row tx-hang
}

# bats test_tags=minutes:1
@test "irq-lost: a VF's interrupts stop" {
	row irq-lost
}

# bats test_tags=minutes:1
@test "mac-ignored: a VF's MAC filter is taken and not used" {
	row mac-ignored
}

# bats test_tags=minutes:1
@test "dma-wrong-function: a VF's DMA has the routing ID of its PF" {
	row dma-wrong-function
}

# bats test_tags=minutes:1
@test "aer-nonfatal: a card reports a PCIe error that was not corrected" {
	row aer-nonfatal
}

# bats test_tags=minutes:1
@test "foreign-traffic: 500 frames a second of others are PASS" {
	row foreign-traffic
}

# bats test_tags=minutes:2
@test "many-vfs: 63 VFs are PASS" {
	row many-vfs
}
