// SPDX-License-Identifier: MIT
/*
 * The types and small macros that every file uses. Compiles unchanged in the
 * kernel (freestanding) and on the host. Nothing here has state or code.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__
#include <sys/types.h>
#else
typedef int64_t ssize_t;
#endif

typedef int64_t nsec_t; /* nanoseconds: a point in time or a length of it */
typedef uint64_t paddr_t; /* physical address */
typedef uint64_t uaddr_t; /* address in user space: never dereferenced */

#define NSEC_PER_USEC INT64_C(1000)
#define NSEC_PER_MSEC INT64_C(1000000)
#define NSEC_PER_SEC INT64_C(1000000000)
#define NSEC_NEVER INT64_MAX /* a deadline that does not come */

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* In the common type of both, so that a literal adapts to its partner. */
#define MIN(a, b)                                                     \
	({                                                            \
		__typeof__(0 ? (a) : (b)) min_a_ = (a), min_b_ = (b); \
		min_a_ < min_b_ ? min_a_ : min_b_;                    \
	})
#define MAX(a, b)                                                     \
	({                                                            \
		__typeof__(0 ? (a) : (b)) max_a_ = (a), max_b_ = (b); \
		max_a_ > max_b_ ? max_a_ : max_b_;                    \
	})
#define CLAMP(v, lo, hi) MIN(MAX(v, lo), hi)

/* `n` is a power of two; the result has the type of `v`. */
#define ALIGN_DOWN(v, n) ((v) & ~((__typeof__(v))(n)-1))
#define ALIGN_UP(v, n) ALIGN_DOWN((v) + ((__typeof__(v))(n)-1), n)
#define IS_ALIGNED(v, n) (((v) & ((__typeof__(v))(n)-1)) == 0)
#define DIV_ROUND_UP(v, n) (((v) + (n)-1) / (n))
#define IS_POWER_OF_TWO(v) ((v) != 0 && ((v) & ((v)-1)) == 0)

#define BIT(n) (UINT64_C(1) << (n))

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ volatile("" ::: "memory")

/* One access, never torn, repeated or invented by the compiler. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define STATIC_ASSERT(cond) _Static_assert(cond, #cond)

#define NORETURN __attribute__((noreturn))
#define MUST_CHECK __attribute__((warn_unused_result))
#define NOINLINE __attribute__((noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define ALIGNED(n) __attribute__((aligned(n)))
#define UNUSED __attribute__((unused))
#define FALLTHROUGH __attribute__((fallthrough))
