/*
 * Time: a monotonic clock for everything that is measured or has a deadline,
 * the wall clock only for what people read. Microseconds. Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)

/* Monotonic, from an arbitrary origin. */
int64_t clock_now_us(void);

/* Since the epoch; may jump. */
int64_t clock_wall_us(void);

/* "2026-11-20 10:42:40.123 UTC" into OUT (at least 32 bytes). */
#define CLOCK_TEXT_SIZE 32
void clock_format(int64_t wall_us, char out[CLOCK_TEXT_SIZE]);

#endif
