# SPDX-License-Identifier: GPL-2.0-or-later
# Compiles everything written in C. Runs inside the private root, from the project's top:
#   make -f scripts/build/c.mk [B=build] programs|unit|analyse
B ?= build
REVISION ?= unknown
MAKEFLAGS += -j$(or $(VFPROOF_JOBS),$(shell nproc)) --no-builtin-rules
.DELETE_ON_ERROR:
.SECONDARY:

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CPPFLAGS := -D_GNU_SOURCE -Irunner -I$(B)/gen -I$(B)/deps/include
CFLAGS := -std=gnu11 -O2 -g -ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=. $(WARN)
SANITISE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDFLAGS := -static -Wl,--gc-sections -Wl,--build-id=none
DEPLIBS := $(B)/deps/lib/libpci.a $(B)/deps/lib/libkmod.a $(B)/deps/lib/libcurl.a $(B)/deps/lib/libqrencode.a
LIBS := $(DEPLIBS) -ljansson -lmnl -linih -lblkid -lmbedtls -lmbedx509 -lmbedcrypto -lsodium -lz -lm

RUNNER_SRC := $(sort $(wildcard runner/*/*.c))
AGENT_SRC := $(sort $(wildcard guest-image/agent/*.c)) runner/base/crc32c.c runner/base/util.c runner/base/sysroot.c \
	runner/sys/bond.c runner/sys/ethtool.c runner/sys/ethtool_queue.c runner/sys/iommu.c runner/sys/ip.c runner/sys/ip_socket.c \
	runner/sys/irq.c runner/sys/kmsg.c runner/sys/link.c runner/sys/link_config.c runner/sys/memory_page.c runner/sys/netdev.c \
	runner/sys/packet.c runner/sys/pci_addr.c runner/sys/rtnl.c runner/wire/channel.c runner/wire/flow.c \
	runner/wire/transfer.c runner/wire/transfer_message.c runner/wire/transfer_tcp.c \
	runner/wire/frames.c runner/wire/traffic.c
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_COMMON := $(filter-out $(UNIT_SRC) tests/unit/fake_glue.c,$(sort $(wildcard tests/unit/*.c)))
TABLES := $(sort $(wildcard configs/*.ini configs/*.css configs/*.js)) $(B)/gen/profiles.ini

RUNNER_OBJ := $(RUNNER_SRC:%.c=$(B)/obj/%.o) $(B)/obj/tables.o
AGENT_OBJ := $(AGENT_SRC:%.c=$(B)/obj/%.o)
TEST_OBJ := $(RUNNER_SRC:%.c=$(B)/san/%.o) $(UNIT_COMMON:%.c=$(B)/san/%.o) $(B)/obj/tables.o \
	$(filter-out %/main.o,$(patsubst %.c,$(B)/san/%.o,$(filter guest-image/%,$(AGENT_SRC))))
QEMU_FIX := $(wildcard scripts/lab/qemu-fix/*.c)
LAB_NICS := $(sort $(wildcard scripts/lab/nic/*.c scripts/lab/nic/glue/*.c scripts/lab/nic/82599/*.c))
# A file gets its own name when it is whole: a compiler that is killed leaves nothing that looks like one.
WHOLE = mv $@.partial $@
DEPEND = -MMD -MP -MF $(basename $@).d.partial -MT $@
WHOLE_DEPEND = mv $(basename $@).d.partial $(basename $@).d
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

programs: $(B)/bin/vfproof $(B)/bin/agent $(B)/bin/unxz
lab: $(B)/bin/qemu-fix.so $(B)/bin/lab-nics.so
unit: $(UNIT_BIN)

# libkmod's unused dlopen() makes a static link warn: the linker is heard only if it fails.
$(B)/bin/vfproof: $(B)/obj/runner/main.o $(RUNNER_OBJ) $(DEPLIBS)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@.partial $(filter %.o,$^) $(LIBS) >$@.log 2>&1 || { cat $@.log; exit 1; }
	$(WHOLE)

$(B)/bin/agent: $(AGENT_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.partial $^ -lmnl
	$(WHOLE)

$(B)/bin/unxz: $(B)/obj/appliance/unxz/unxz.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.partial $^ -llzma
	$(WHOLE)

# Loaded into the QEMU of the emulated server.
$(B)/bin/qemu-fix.so: $(QEMU_FIX) scripts/lab/qemu-fix/code.h
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(CFLAGS) -fPIC -shared -o $@.partial $(QEMU_FIX)
	$(WHOLE)

# The same.
$(B)/bin/lab-nics.so: $(LAB_NICS:%.c=$(B)/pic/%.o)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -shared -o $@.partial $^
	$(WHOLE)

# Runs in the server of scripts/lab/nic/bench/run.
$(B)/bin/nic-bench: $(B)/obj/scripts/lab/nic/bench/nic-bench.o
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@.partial $^
	$(WHOLE)

$(B)/unit/%: $(B)/san/tests/unit/%.o $(TEST_OBJ) $(DEPLIBS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SANITISE) $(WRAP) -o $@.partial $(filter %.o,$^) $(LIBS) -lcmocka
	$(WHOLE)

# It plays a driver that hangs while it opens its device.
$(B)/unit/test_guest: WRAP := -Wl,--wrap=link_set_up

# The lab's NICs, without QEMU's glue.
LAB_NICS_PLAIN := $(filter-out scripts/lab/nic/glue/%,$(LAB_NICS))
$(B)/unit/test_lab_nic $(B)/unit/test_lab_82599: $(LAB_NICS_PLAIN:%.c=$(B)/san/%.o) $(B)/san/tests/unit/fake_glue.o

# Its kernel never answers.
$(B)/unit/test_inventory: WRAP := -Wl,--wrap=sysroot_recovery_ms

# It plays drivers whose ports have an LED.
$(B)/unit/test_screen_tty $(B)/unit/test_identify: WRAP := -Wl,--wrap=ethtool_identify

# It plays a kernel log that was overwritten before it was read.
$(B)/unit/test_kmsg: WRAP := -Wl,--wrap=read

# It counts the calls of these.
$(B)/unit/test_linear: WRAP := -Wl,--wrap=json_object_get,--wrap=json_array_get,--wrap=strcmp

# The unit tests that have targets of fuzzing, for libFuzzer: scripts/fuzz/run. Warnings are gcc's to give.
FUZZ_SRC := $(sort $(shell grep -l '^static void fuzz_' tests/unit/test_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/unit/%.c=$(B)/fuzz/bin/%)
FUZZ_OBJ := $(filter $(B)/san/%,$(TEST_OBJ))
FUZZ_ENGINE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
fuzz: $(FUZZ_BIN)

$(B)/fuzz/obj/%.o: %.c | $(B)/gen/version.h
	@mkdir -p $(@D)
	clang $(CPPFLAGS) -DFUZZ_ENGINE -std=gnu11 -O1 -g -fno-omit-frame-pointer -w $(FUZZ_ENGINE) $(DEPEND) -c -o $@.partial $<
	$(WHOLE_DEPEND)
	$(WHOLE)

$(B)/fuzz/bin/%: $(B)/fuzz/obj/tests/unit/%.o $(FUZZ_OBJ:$(B)/san/%=$(B)/fuzz/obj/%) $(B)/obj/tables.o $(DEPLIBS)
	@mkdir -p $(@D)
	clang $(FUZZ_ENGINE) -o $@.partial $(filter %.o,$^) $$(clang -print-file-name=libclang_rt.fuzzer_no_main-x86_64.a) \
		$(LIBS) -lcmocka -lstdc++
	$(WHOLE)

$(B)/obj/%.o: %.c | $(B)/gen/version.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(DEPEND) -c -o $@.partial $<
	$(WHOLE_DEPEND)
	$(WHOLE)

$(B)/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(CFLAGS) -fPIC $(DEPEND) -c -o $@.partial $<
	$(WHOLE_DEPEND)
	$(WHOLE)

$(B)/san/%.o: %.c | $(B)/gen/version.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITISE) $(DEPEND) -c -o $@.partial $<
	$(WHOLE_DEPEND)
	$(WHOLE)

# The data tables are linked in, so that one file is the whole program.
$(B)/obj/tables.o: scripts/build/tables.S $(TABLES)
	@mkdir -p $(@D)
	$(CC) -I$(B)/gen -Iconfigs -c -o $@.partial $<
	$(WHOLE)

$(B)/gen/profiles.ini: $(sort $(wildcard configs/profiles/*.ini))
	@mkdir -p $(@D)
	cat $^ >$@.partial
	$(WHOLE)

# Rewritten only when the revision has changed.
$(B)/gen/version.h: FORCE
	@mkdir -p $(@D)
	@printf '#define VFPROOF_REVISION "%s"\n' '$(REVISION)' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

ANALYSED := $(patsubst %.c,$(B)/analysed/%.ok,runner/main.c appliance/unxz/unxz.c \
	$(QEMU_FIX) $(LAB_NICS) scripts/lab/nic/bench/nic-bench.c $(RUNNER_SRC) $(sort $(AGENT_SRC)))
analyse: $(ANALYSED)
$(B)/analysed/%.ok: %.c | $(B)/gen/version.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fanalyzer $(DEPEND) -c -o $(@:.ok=.o) $<
	$(WHOLE_DEPEND)
	@touch $@

-include $(shell find $(B)/obj $(B)/pic $(B)/san $(B)/fuzz/obj $(B)/analysed -name '*.d' 2>/dev/null)
.PHONY: programs lab unit fuzz analyse FORCE
