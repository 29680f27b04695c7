/*
 * Small compiler helpers that every layer uses.
 *
 * Headers only; no state, any thread.
 */
#ifndef BASE_MACROS_H
#define BASE_MACROS_H

#include <stddef.h>

/* The result tells of a failure: ignoring it is a bug. */
#define must_check __attribute__((warn_unused_result))

/* A printf-like function: FMT and ARGS are 1-based argument positions. */
#define printf_like(FMT, ARGS) __attribute__((format(printf, FMT, ARGS)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The object that holds MEMBER at PTR. A PTR of another type than the
 * member's does not compile.
 */
/* clang-format off */
#define container_of(ptr, type, member)                                       \
	((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) -        \
	    offsetof(type, member)))

/* The same for a PTR to const. */
#define container_of_const(ptr, type, member)                                 \
	((const type *)(const void *)(                                        \
	    (const char *)(1 ? (ptr) : &((const type *)0)->member) -          \
	    offsetof(type, member)))
/* clang-format on */

#endif
