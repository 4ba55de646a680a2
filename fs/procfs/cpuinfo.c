// SPDX-License-Identifier: MIT
/*
 * /proc/cpuinfo: what CPUID says, under Linux's names (lscpu and programs that
 * choose code by "flags" read it).
 */
#include "fs/procfs/tree.h"

#include "kernel/arch/x86_64/cpu.h"
#include "kernel/arch/x86_64/timer.h"

struct leaf {
	uint32_t a, b, c, d;
};

static struct leaf cpuid(uint32_t number, uint32_t sub)
{
	struct leaf leaf;

	__asm__ volatile("cpuid"
			 : "=a"(leaf.a), "=b"(leaf.b), "=c"(leaf.c),
			   "=d"(leaf.d)
			 : "a"(number), "c"(sub));
	return leaf;
}

/* Bit 0 first; "" for bits without a name in Linux's list. */
static const char *const leaf1_d =
	"fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat "
	"pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe";
static const char *const leaf1_c =
	"pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma "
	"cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt "
	"tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor";
static const char *const extended_d =
	"- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - "
	"fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow";
static const char *const extended_c =
	"lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse "
	"3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - "
	"tbm topoext perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx - -";
static const char *const leaf7_b =
	"fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm "
	"- mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt "
	"clwb intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl";
static const char *const leaf7_c =
	"- avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni vaes "
	"vpclmulqdq avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 - - - "
	"- - rdpid - - cldemote - movdiri movdir64b enqcmd sgx_lc -";
static const char *const leafd1_a = "xsaveopt xsavec xgetbv1 xsaves";

static void add_flags(struct text *text, const char *names, uint32_t bits)
{
	for (unsigned bit = 0; *names && bit < 32; bit++) {
		const char *end = names;

		while (*end && *end != ' ')
			end++;
		if (bits >> bit & 1 && *names != '-') {
			text_char(text, ' ');
			text_bytes(text, names, (size_t)(end - names));
		}
		names = *end ? end + 1 : end;
	}
}

static void show_flags(struct text *text, uint32_t highest)
{
	struct leaf one = cpuid(1, 0), extended = cpuid(0x80000001, 0);
	struct leaf seven = { 0 }, xsave = { 0 };

	if (highest >= 7)
		seven = cpuid(7, 0);
	if (highest >= 13)
		xsave = cpuid(13, 1);
	text_str(text, "flags\t\t:");
	add_flags(text, leaf1_d, one.d);
	add_flags(text, extended_d, extended.d);
	add_flags(text, leaf1_c, one.c);
	add_flags(text, extended_c, extended.c);
	add_flags(text, leaf7_b, seven.b);
	add_flags(text, leafd1_a, xsave.a);
	add_flags(text, leaf7_c, seven.c);
	text_char(text, '\n');
}

static void brand(char name[49])
{
	struct leaf part;

	memset(name, 0, 49);
	if (cpuid(0x80000000, 0).a < 0x80000004)
		return;
	for (uint32_t i = 0; i < 3; i++) {
		part = cpuid(0x80000002 + i, 0);
		memcpy(name + 16 * i, &part, 16);
	}
}

static void show_one(struct text *text, unsigned number, const char *name,
		     uint64_t khz)
{
	struct leaf zero = cpuid(0, 0), one = cpuid(1, 0);
	uint32_t family = one.a >> 8 & 15, model = one.a >> 4 & 15;
	uint32_t vendor[3] = { zero.b, zero.d, zero.c };
	struct leaf sizes = cpuid(0x80000008, 0);

	if (family == 15)
		family += one.a >> 20 & 255;
	if (family >= 6)
		model |= one.a >> 12 & 0xf0;
	text_add(text, "processor\t: %u\nvendor_id\t: %.12s\n", number,
		 (const char *)vendor);
	text_add(text, "cpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\n",
		 family, model, name);
	text_add(text, "stepping\t: %u\nmicrocode\t: 0x1\n", one.a & 15);
	text_add(text, "cpu MHz\t\t: %lu.%03lu\ncache size\t: %u KB\n",
		 khz / 1000, khz % 1000, cpuid(0x80000006, 0).c >> 16);
	text_add(text,
		 "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\n"
		 "cpu cores\t: %u\napicid\t\t: %u\ninitial apicid\t: %u\n",
		 cpu_count, number, cpu_count, cpus[number]->apic_id,
		 cpus[number]->apic_id);
	text_add(text,
		 "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\n"
		 "wp\t\t: yes\n",
		 zero.a);
	show_flags(text, zero.a);
	text_add(text, "bugs\t\t:\nbogomips\t: %lu.%02lu\n", khz / 500,
		 khz / 5 % 100);
	text_add(text, "clflush size\t: %u\ncache_alignment\t: %u\n",
		 (one.b >> 8 & 255) * 8, (one.b >> 8 & 255) * 8);
	text_add(text,
		 "address sizes\t: %u bits physical, %u bits virtual\n"
		 "power management:\n\n",
		 sizes.a & 255, sizes.a >> 8 & 255);
}

void cpuinfo_show(struct text *text, void *arg)
{
	char name[49];
	const char *start = name;
	uint64_t khz = tsc_scale.khz;

	brand(name);
	while (*start == ' ')
		start++;
	for (unsigned i = 0; i < cpu_count; i++)
		show_one(text, i, start, khz);
}
