/*
 * The batch in Chrome's trace event format, for chrome://tracing and
 * Perfetto: a lane for each connection with what it ran, and in a second
 * group what waited. The file is valid JSON as soon as it is closed, however
 * the batch ended.
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/macros.h"
#include "cli/answer.h"

struct trace {
	FILE *file; /* NULL: none is written */
	const char *path;
};

/* PATH NULL: no trace; the other functions then do nothing. */
int trace_open(struct trace *t, const char *path, struct err *e) must_check;

/* One finished statement; SQL may be NULL. */
void trace_add(
    struct trace *t, const struct answer *a, const char *sql, size_t len);

int trace_close(struct trace *t, struct err *e) must_check;

#endif
