#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the drivers of the image can say in the kernel log, and how much of it configs/symptoms.ini knows:
# tests/tools/kernel-texts on the modules of the private root.
# bats file_tags=bootless

setup() {
	TOOL=$BATS_TEST_DIRNAME/../tools/kernel-texts
	ROOT=/
}

@test "no driver has more unknown texts than its ceiling" {
	run "$TOOL" --root "$ROOT" check
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "text and level are read from the calls of a module" {
	run "$TOOL" --root "$ROOT" list ixgbe
	[ "$status" -eq 0 ]
	[[ "$output" == *"ixgbe 3 known    Failed to enable PCI sriov: %d"* ]]
	[[ "$output" == *"ixgbe 4 harmless %u Spoofed packets detected"* ]]
	[[ "$output" != *"SR-IOV enabled with %d VFs"* ]] # of level 6
}

@test "the kernel itself is read too" {
	run "$TOOL" --root "$ROOT" list core
	[ "$status" -eq 0 ]
	[[ "$output" == *"core 3 known    not enough MMIO resources for SR-IOV"* ]]
	[[ "$output" == *"core 4 known    Max Payload Size %d, but upstream %s set to %d"* ]]
	[[ "$output" == *"core 3 known    DMAR: [%s NO_PASID] Request device"* ]]
	[[ "$output" == *"core 3 known    genirq: Flags mismatch irq"* ]]
}

@test "each family has words that are known" {
	run "$TOOL" --root "$ROOT" count
	[ "$status" -eq 0 ]
	# Columns: driver, texts, known, harmless, unknown, open.
	for driver in igb ixgbe i40e iavf ice mlx5_core mlx4_core bnxt_en bnx2x be2net qed cxgb4 enic sfc nfp; do
		read -r _ texts known _ <<<"$(grep "^$driver " <<<"$output")"
		[ "$texts" -gt 0 ]
		[ "$known" -gt 9 ]
	done
}
