/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaded into the emulated server's QEMU (LD_PRELOAD): sets right faults of its emulation,
 * QEMU 11.1 at least. Code that does not look as expected is left as it is, which is said.
 */
#include <dlfcn.h>
#include <stdio.h>
#include "code.h"

static void check(bool fixed, const char *what)
{
	if (!fixed)
		fprintf(stderr, "lab: this QEMU's %s is not as known, and is left as it is\n",
			what);
}

static void __attribute__((constructor)) fix(void)
{
	if (!dlsym(RTLD_DEFAULT, "helper_vmrun"))
		return; /* timeout(1), which starts QEMU */
	check(svm_fix_vmrun(), "VMRUN");
	check(svm_fix_ignne(), "cpu_clear_ignne()");
	check(amdvi_fix_fault(), "amdvi_page_fault()");
	check(vtd_fix_compatibility(), "vtd_interrupt_remap_msi()");
	check(smc_fix(), "tb_invalidate_phys_range_fast()");
}
