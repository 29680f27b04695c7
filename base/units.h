/*
 * Durations and sizes as people write them, in PostgreSQL's units.
 *
 * Pure; any thread. Each reader returns 0, or ERR_INVALID with a message that
 * names the remedy but not the key (the caller knows it).
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"

#define UNITS_TEXT_SIZE 32

/* "500ms", "5s", "2min", "1h", "1d", "100us", or "0": microseconds. */
int units_read_duration(
    const char *text, int64_t *us, struct err *e) must_check;

/* "512B", "64kB", "16MB", "1GB", "1TB", or a plain number of bytes. */
int units_read_size(const char *text, int64_t *bytes, struct err *e) must_check;

/* A decimal integer without anything around it. */
int units_read_int(const char *text, int64_t *n, struct err *e) must_check;

/* The shortest exact form, such as "90s" or "16MB". */
void units_format_duration(int64_t us, char out[UNITS_TEXT_SIZE]);
void units_format_size(int64_t bytes, char out[UNITS_TEXT_SIZE]);

#endif
