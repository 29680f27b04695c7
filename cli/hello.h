/*
 * What the daemon says of itself, for people: the frame `hello` in, a frame
 * `table` of names and values out.
 */
#ifndef CLI_HELLO_H
#define CLI_HELLO_H

#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"
#include "cli/frames.h"

/* TABLE is to be released by the caller and lives no longer than LINE. */
int hello_as_table(const struct frame *hello, struct buf *line,
    struct frame *table, struct err *e) must_check;

#endif
