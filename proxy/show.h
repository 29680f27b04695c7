/*
 * What the daemon tells of itself: the answers to `show` and `hello`. Names
 * of columns are PgBouncer's where they mean the same. Read-only; on the
 * loop's thread.
 */
#ifndef PROXY_SHOW_H
#define PROXY_SHOW_H

#include "base/buf.h"
#include "base/err.h"
#include "base/macros.h"

struct server;

/* Appends one `table` frame; an unknown WHAT is refused by name. */
int show_table(const struct server *s, const char *what, struct buf *frame,
    struct err *e) must_check;

void show_hello(const struct server *s, struct buf *frame);

#endif
