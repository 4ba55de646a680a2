# SPDX-License-Identifier: MIT
# Weir's one Makefile. Everything is found by wildcards: a new .c needs no edit.
#
#   make          build/weir, the kernel          make run    boot the default image
#   make test     everything that must pass       make check  rules, stack, locks, format
#   make help     all targets; O=DIR builds elsewhere, V=1 shows the commands

O ?= build
CC := gcc
HOSTCC ?= gcc
CLANG ?= clang
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

ifeq ($(V),1)
say = @:
q =
else
say = @printf '  %-8s %s\n'
q = @
endif

# ---- the kernel ------------------------------------------------------------

warnings := -Wall -Wextra -Werror -Wno-unused-parameter -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wundef -Wpointer-arith

# The strategies keep gcc from writing `rep movs` into the code: see lib/string.c.
CFLAGS := -std=gnu17 -O2 -g $(warnings) -Wframe-larger-than=1536 -I. \
	-ffreestanding -nostdlib -mno-red-zone -mgeneral-regs-only \
	-mcmodel=kernel -fno-pic -fno-pie -fno-stack-protector \
	-fno-strict-aliasing -fno-omit-frame-pointer -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fno-common \
	-fno-delete-null-pointer-checks -fno-optimize-sibling-calls \
	-mmemcpy-strategy=unrolled_loop:128:noalign,libcall:-1:noalign \
	-mmemset-strategy=unrolled_loop:128:noalign,libcall:-1:noalign \
	-fcallgraph-info=su -MMD -MP
LDFLAGS := -nostdlib -static -no-pie -z max-page-size=4096 -z noexecstack \
	--build-id=none --no-warn-rwx-segments
LDSCRIPT := kernel/arch/x86_64/kernel.ld

dirs = $(1)/*.$(2) $(1)/*/*.$(2) $(1)/*/*/*.$(2)
kernel_c := $(sort $(wildcard lib/*.c $(call dirs,kernel,c) net/*.c \
	net/*/*.c fs/*.c fs/*/*.c fs/*/*/*.c))
kernel_S := $(sort $(wildcard $(call dirs,kernel,S)))
kernel_o := $(kernel_c:%.c=$(O)/%.o) $(kernel_S:%.S=$(O)/%.S.o)

all: $(O)/weir

$(O)/%.o: %.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(q)$(CC) $(CFLAGS) $(CFLAGS_$(basename $(notdir $<))) -c -o $@ $<

# memcpy's own loop must not become a call of memcpy.
CFLAGS_string := -fno-tree-loop-distribute-patterns

$(O)/%.S.o: %.S
	$(say) AS $<
	@mkdir -p $(@D)
	$(q)$(CC) $(CFLAGS) -D__ASSEMBLER__=1 -c -o $@ $<

# The vDSO: user-mode code, a shared object of its own inside the kernel.
vdso := kernel/arch/x86_64/vdso
$(O)/vdso.so: $(wildcard $(vdso)/*)
	$(say) VDSO $@
	@mkdir -p $(@D)
	$(q)$(CC) -std=gnu17 -O2 $(warnings) -I. -ffreestanding -nostdlib -shared \
		-fPIC -fcf-protection=none -fno-stack-protector \
		-fasynchronous-unwind-tables -Wl,-T,$(vdso)/vdso.ld \
		-Wl,-soname=linux-vdso.so.1,--hash-style=both,--build-id=none \
		-Wl,-z,max-page-size=4096,-z,noexecstack -o $@ $(vdso)/vdso.c
$(O)/kernel/arch/x86_64/vdso_image.S.o: $(O)/vdso.so
$(O)/kernel/arch/x86_64/vdso_image.S.o: CFLAGS += -Wa,-I$(O)

# Linked twice: the second time with the table of the first one's symbols, so
# that a panic can name functions. Text lies before the table: it does not move.
$(O)/weir.0: $(kernel_o) $(LDSCRIPT) tools/symbols.awk
	$(say) LD $@
	$(q)awk -f tools/symbols.awk </dev/null >$(O)/symbols.0.S
	$(q)$(CC) -c -o $(O)/symbols.0.o $(O)/symbols.0.S
	$(q)ld $(LDFLAGS) -T $(LDSCRIPT) -o $@ $(kernel_o) $(O)/symbols.0.o

$(O)/weir: $(O)/weir.0
	$(say) LD $@
	$(q)nm -n $< | awk -f tools/symbols.awk >$(O)/symbols.S
	$(q)$(CC) -c -o $(O)/symbols.o $(O)/symbols.S
	$(q)ld $(LDFLAGS) -T $(LDSCRIPT) -o $@ $(kernel_o) $(O)/symbols.o

# ---- the host: the stack and the library under sanitizers ---------------------

HOSTFLAGS := -std=gnu17 -O1 -g $(warnings) -I. -fno-omit-frame-pointer \
	-fno-sanitize-recover=all -fsanitize=address,undefined -MMD -MP
lib_host_c := $(filter-out lib/string.c,$(wildcard lib/*.c))
net_host_c := $(wildcard net/*.c net/*/*.c)
# Sources in tests/net and tests/unit: `*_test.c` and `test_*.c` hold tests,
# anything else there (host port, harness) is linked into every runner.
net_tests := $(sort $(wildcard tests/net/*.c))
# The simulator without its programs: the tests' hosts, clock and wires.
sim_host_c := $(filter-out %_main.c,$(wildcard tools/netsim/*.c))
unit_tests := $(sort $(wildcard tests/unit/*.c))
host_o = $(patsubst %.c,$(O)/host/%.o,$(1))

$(O)/host/%.o: %.c
	$(say) HOSTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(HOSTFLAGS) -c -o $@ $<

# The kernel's own string functions, renamed beside the host's.
$(O)/host/kernel_string.o: lib/string.c
	$(say) HOSTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) -std=gnu17 -O2 -g $(warnings) -I. -ffreestanding \
		$(CFLAGS_string) -c -o $@ $<
	$(q)objcopy --prefix-symbols=kernel_ $@

# The pure parts of net/ that pcapdump shares with the kernel.
tap_c := net/core/reason.c $(wildcard net/wire/*.c)
$(O)/host/run-unit: $(call host_o,$(lib_host_c) $(unit_tests) $(tap_c) \
		$(filter-out %/main.c,$(wildcard tools/pcapdump/*.c)) \
		$(wildcard net/core/tap_pcapng.c)) $(O)/host/kernel_string.o
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(HOSTFLAGS) -o $@ $^ -lpcap -lm

$(O)/host/run-net: $(call host_o,$(lib_host_c) $(net_host_c) $(net_tests) \
		$(sim_host_c) tests/unit/test.c)
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(HOSTFLAGS) -o $@ $^ -lpcap

# The stack as a library, for simulators and fuzzers.
$(O)/host/libweirnet.a: $(call host_o,$(lib_host_c) $(net_host_c))
	$(say) AR $@
	$(q)ar rcs $@ $^

# The conformance runner: the stack below, and above it the kernel's own system
# calls, compiled for the host with one header replaced (a CPU without
# interrupts) and the floors beneath them played by tests/net/conform.
conform_c := $(wildcard tests/net/conform/*.c)
conform_kernel_c := $(filter-out kernel/socket/unix% %/locks.c \
	%/fifo.c,$(wildcard kernel/socket/*.c kernel/file/*.c)) \
	$(patsubst %,kernel/syscall/%.c,socket fd fd_table poll event splice) \
	kernel/sched/wait.c kernel/sched/lock.c
$(O)/conform/%.o: %.c
	$(say) HOSTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(HOSTFLAGS:-I.=-Itests/net/conform/host -I.) -c -o $@ $<

$(O)/host/conform: $(patsubst %.c,$(O)/conform/%.o,$(conform_c) \
		$(conform_kernel_c)) \
		$(call host_o,$(lib_host_c) $(net_host_c) tools/netsim/port_host.c)
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(HOSTFLAGS) -o $@ $^ -lm

# The same scripts against the kernel that runs it, by a TUN device: a static
# program for Linux and Weir alike.
live_c := $(filter-out $(patsubst %,tests/net/conform/%.c,command kernel machine \
	wire),$(conform_c)) $(wildcard tests/net/conform/live/*.c) \
	net/wire/address.c net/wire/checksum.c lib/format.c
$(O)/live/%.o: %.c
	$(say) GUESTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(GUESTFLAGS) -Wno-unused-result \
		-Itests/net/conform/host -c -o $@ $<

$(O)/conform-live: $(live_c:%.c=$(O)/live/%.o)
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(GUESTFLAGS) -o $@ $^ -lm

# Scripts in packetdrill's language; SCRIPTS= names some of them.
# The state-event table of RFC 9293 is written by its generator.
SCRIPTS ?= tests/net/conformance $(O)/conformance
conform: $(O)/host/conform
	$(q)python3 tests/net/conform/events.py $(O)/conformance
	$(q)$< --complete $(SCRIPTS)

unit: $(O)/host/run-unit $(if $(net_tests),$(O)/host/run-net)
	$(q)for t in $^; do echo "# $$t"; $$t $(FILTER) || exit 1; done

# libFuzzer: tests/fuzz/run starts from the corpora in the tree; what it finds
# on top of them stays in $(O)/fuzz.
FUZZ_SECONDS ?= 60
FUZZFLAGS := -std=gnu17 -O1 -g -I. -fno-omit-frame-pointer -MMD -MP \
	-fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_targets := $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,\
	$(wildcard tests/fuzz/*_fuzz.c))
fuzz_o = $(patsubst %.c,$(O)/fuzz/obj/%.o,$(1))
$(O)/fuzz/obj/%.o: %.c
	$(say) FUZZCC $<
	@mkdir -p $(@D)
	$(q)$(CLANG) $(FUZZFLAGS) -fsanitize=fuzzer-no-link -c -o $@ $<

$(O)/fuzz/capture_fuzz: $(call fuzz_o,$(patsubst %,tools/pcapdump/%.c,\
	capture pcap pcapng))
$(O)/fuzz/pcapdump_fuzz: $(call fuzz_o,$(wildcard $(patsubst %,\
	tools/pcapdump/%.c,frame conn analyse segments check* decode explain \
	stats* samples story* stream)))
$(O)/fuzz/%_fuzz: $(call fuzz_o,tests/fuzz/%_fuzz.c $(lib_host_c) $(net_host_c) \
		tools/netsim/port_host.c)
	$(say) FUZZLD $@
	$(q)$(CLANG) $(FUZZFLAGS) -fsanitize=fuzzer -o $@ $^

fuzzers: $(fuzz_targets)

fuzz: fuzzers
	$(q)O=$(O) tests/fuzz/run $(FUZZ_SECONDS) stack conversation \
		netlink_calls capture pcapdump address arp ip4 ip6 tcp dhcp ethernet icmp \
		udp netlink checksum

# Many connections between two stacks, without sanitizers: docs/scaling.md.
SCALE ?= 1000000
$(O)/fast/%.o: %.c
	$(say) HOSTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(TOOLFLAGS) -c -o $@ $<

$(O)/scale_bench: $(patsubst %.c,$(O)/fast/%.o,$(wildcard tools/scale/*.c) \
		$(lib_host_c) $(net_host_c))
	$(say) HOSTLD $@
	$(q)$(HOSTCC) -o $@ $^

scale: $(O)/scale_bench
	$(q)$< $(SCALE)

# ---- host tools ----------------------------------------------------------------

TOOLFLAGS := -std=gnu17 -O2 -g $(warnings) -I. -MMD -MP

$(O)/tools/%.o: %.c
	$(say) HOSTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(TOOLFLAGS) -c -o $@ $<

$(O)/pcapdump: $(patsubst %.c,$(O)/tools/%.o,\
		$(wildcard tools/pcapdump/*.c) $(lib_host_c) $(tap_c))
	$(say) HOSTLD $@
	$(q)$(HOSTCC) -o $@ $^ -lpcap -lm

# The page of --html is embedded by the assembler, which writes no .d file.
$(O)/tools/tools/pcapdump/page.o $(O)/host/tools/pcapdump/page.o: \
	$(wildcard tools/pcapdump/html/*)

pcapdump: $(O)/pcapdump

# The simulator: the stack, optimised, with undefined behaviour trapped; and
# once more under AddressSanitizer for a part of the seeds.
SIMFLAGS := -std=gnu17 -O2 -g $(warnings) -I. -fno-omit-frame-pointer \
	-fsanitize=undefined -fsanitize-undefined-trap-on-error -MMD -MP
netsim_c := $(lib_host_c) $(net_host_c) $(sim_host_c) tools/netsim/netsim_main.c
$(O)/sim/%.o: %.c
	$(say) HOSTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(SIMFLAGS) -c -o $@ $<

$(O)/netsim: $(netsim_c:%.c=$(O)/sim/%.o)
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(SIMFLAGS) -o $@ $^

$(O)/netsim-asan: $(call host_o,$(netsim_c))
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(HOSTFLAGS) -o $@ $^

netsim: $(O)/netsim $(O)/netsim-asan $(O)/replay

$(O)/goodput: $(patsubst %.c,$(O)/sim/%.o,$(lib_host_c) $(net_host_c) \
		$(sim_host_c) tools/netsim/goodput_main.c)
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(SIMFLAGS) -o $@ $^ -lm

# Takes an event record (tools/guest --record) and runs it again.
$(O)/replay: $(patsubst %.c,$(O)/sim/%.o,$(lib_host_c) $(net_host_c) \
		$(sim_host_c) tools/netsim/replay_main.c)
	$(say) HOSTLD $@
	$(q)$(HOSTCC) $(SIMFLAGS) -o $@ $^

# Bulk transfers against the theory: a table, and a picture in docs/.
goodput: $(O)/goodput
	$(q)$(O)/goodput $$(nproc) >$(O)/goodput.txt
	$(q)cat $(O)/goodput.txt
	$(q)tools/netsim/goodput_plot docs/goodput.svg docs/goodput.md \
		<$(O)/goodput.txt

# Seeds 1 to SEEDS; a tenth of them once more under AddressSanitizer.
SEEDS ?= 2000
sim: netsim
	$(q)$(O)/netsim --seeds 1-$(SEEDS) --jobs $$(nproc) --out $(O)/sim-failed
	$(q)$(O)/netsim-asan --seeds 1-$$(($(SEEDS) / 20 + 1)) --jobs $$(nproc) \
		--out $(O)/sim-failed

# ---- guest programs: static, for Linux and Weir alike ------------------------------

GUESTFLAGS := -std=gnu17 -O2 -g -I. -Wall -Wextra -Werror -Wno-unused-parameter \
	-static -pthread -MMD -MP
# ABI tests hand bad arguments to good functions on purpose.
abi_flags := -Wno-nonnull -Wno-stringop-overflow -Wno-stringop-overread \
	-Wno-unused-result -Wno-clobbered -Wno-infinite-recursion \
	-Wno-array-bounds
guest_programs = $(patsubst %.c,$(O)/%,$(wildcard $(1)/*.c))

$(O)/bench/%: bench/%.c
	$(say) GUESTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(GUESTFLAGS) -o $@ $<

$(O)/tests/abi/%: tests/abi/%.c
	$(say) GUESTCC $<
	@mkdir -p $(@D)
	$(q)$(HOSTCC) $(GUESTFLAGS) $(abi_flags) -o $@ $< -lutil

abi-programs: $(call guest_programs,tests/abi)
bench-programs: $(call guest_programs,bench)

# ---- what people type ----------------------------------------------------------

# Installs what is missing, says so first; quick when there is nothing to do.
setup:
	$(q)if [ -x tools/setup ]; then tools/setup; fi

run: setup
	$(q)$(MAKE) --no-print-directory -j$$(nproc) all pcapdump
	$(q)O=$(O) tools/run

debug: setup
	$(q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(q)O=$(O) GDB=1 tools/run

image: setup
	$(q)O=$(O) tools/image

check: setup
	$(q)$(MAKE) --no-print-directory -j$$(nproc) $(O)/weir
	$(q)O=$(O) CLANG=$(CLANG) tools/check/all

test: setup
	$(q)$(MAKE) --no-print-directory -j$$(nproc) all pcapdump abi-programs
	$(q)O=$(O) tests/run

bench: setup
	$(q)$(MAKE) --no-print-directory -j$$(nproc) all bench-programs
	$(q)O=$(O) bench/run

# What can be made from the sources: the list of system calls, the map of rules.
docs:
	$(q)tools/check/abi >docs/abi.md
	$(q)tools/check/rfcmap --write

clean:
	rm -rf $(O)

help:
	@echo 'make            the kernel: $(O)/weir'
	@echo 'make run        boot the default image, forward ports, capture'
	@echo 'make debug      the same, waiting for gdb'
	@echo 'make image      the default root image'
	@echo 'make test       everything that must pass (check, unit, guest tests)'
	@echo 'make check      includes, stack depth, order of locks, annotations, format'
	@echo 'make unit       tests on the host (FILTER=NAME)'
	@echo 'make conform    packetdrill scripts on the host (SCRIPTS=PATH...)'
	@echo 'make fuzz       libFuzzer on the parsers and the stack (FUZZ_SECONDS=60)'
	@echo 'make sim        simulations from seeds (SEEDS=20000; docs/simulation.md)'
	@echo 'make goodput    bulk transfers under loss against the theory'
	@echo 'make bench      the same programs on Linux and on Weir'
	@echo 'make scale      a million connections between two stacks (SCALE=N)'
	@echo 'make pcapdump   the capture reader: $(O)/pcapdump'
	@echo 'make clean      removes $(O)'

.PHONY: all scale docs unit conform pcapdump netsim sim abi-programs bench-programs setup run debug image \
	check test bench clean help

-include $(patsubst %.o,%.d,$(kernel_o))
-include $(wildcard $(O)/conform/*/*/*.d $(O)/conform/*/*/*/*.d \
	$(O)/live/*/*/*.d $(O)/live/*/*/*/*.d)
-include $(wildcard $(O)/sim/*/*.d $(O)/sim/*/*/*.d \
	$(O)/fuzz/obj/*/*.d $(O)/fuzz/obj/*/*/*.d)
-include $(wildcard $(O)/fast/*/*.d $(O)/fast/*/*/*.d)
-include $(wildcard $(O)/host/*/*.d $(O)/host/*/*/*.d $(O)/tools/*/*.d \
	$(O)/tools/*/*/*.d $(O)/bench/*.d $(O)/tests/abi/*.d)
