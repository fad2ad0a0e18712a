# SPDX-License-Identifier: GPL-2.0-or-later
# Thin on purpose: the work is in scripts/.
SCENARIO ?= intel-igb
# They reach the scripts as they are, whatever characters are in them.
export TESTS JOBS

help:
	@sed -n 's/^## //p' Makefile

## make run            build, boot in the lab, print the report; exit status follows the verdict
run: images
	@scripts/lab/run intel-igb --report build/report $(if $(APPEND),--append "$(APPEND)")
## make check          lint, unit tests and lab tests; TESTS= only these (file, program or part of a name), JOBS= lab servers at a time
check:
	@scripts/check/all
## make precheck       lint and unit tests
precheck:
	@scripts/check/all precheck
## make images         build/out: kernel, initramfs, boot media, vfproof, manifest.json, SHA256SUMS; KERNEL=backports for a newer kernel
images: setup
	@scripts/build/all
## make lab            boot one SCENARIO by hand (see scripts/lab/scenarios); APPEND= more parameters
lab: images
	@scripts/lab/run $(SCENARIO) $(if $(APPEND),--append "$(APPEND)")
## make lint           clang-format, gcc -fanalyzer, shellcheck, the layers of the code
lint: setup
	@scripts/check/lint
## make unit           unit tests, with the address and undefined-behaviour sanitisers
unit: setup
	@scripts/check/unit
## make lab-tests      boot the real image in every scenario and assert its report
lab-tests:
	@scripts/check/all lab-tests
## make full           the full plan on each model of NIC, and all other lab tests that are too long for make check
full:
	@scripts/check/all full
## make bench          sizes, boot times and run time against their yardsticks
bench: images
	@scripts/bench/all
## make truth          boot servers that are ill on purpose, and judge every verdict; ROWS= only these, JOBS= at a time
truth: images
	@scripts/in-root scripts/truth/run $(if $(JOBS),--jobs $(JOBS)) $(ROWS)
## make soak           repeat the quick plan N= times (30) on each of SCENARIOS= (intel-igb), and compare every item
soak: images
	@scripts/in-root scripts/soak/run $(if $(JOBS),--jobs $(JOBS)) $(or $(N),30) $(or $(SCENARIOS),intel-igb)
## make lava           run the jobs of docs/lava.md on a LAVA of its own, and compare its results; JOBS= only these
lava: images
	@scripts/lava/run $(JOBS)
## make fuzz           have libFuzzer look for inputs that a parser does not stand, T= seconds for each target (60); TARGETS= only these
fuzz: setup
	@scripts/fuzz/tools
	@scripts/build/all fuzz
	@scripts/in-root scripts/fuzz/run $(if $(T),--seconds $(T)) $(if $(KEEP),--keep) $(TARGETS)
## make reproducible   build twice from scratch and compare every bit
reproducible: setup
	@scripts/build/reproducible
## make release        build/release/TAG of the tag that this tree is: docs/releases.md; KEY= a secret key of minisign
release:
	@scripts/release/make
## make clean          remove what was built (not the private root)
clean:
	@scripts/build/clean
setup:
	@scripts/setup

.PHONY: help run check precheck images lab lava lint unit lab-tests full bench truth soak fuzz reproducible release clean setup
