/*
 * Writes what the client asks: arguments in, one line of the protocol out.
 *
 * Failures stick to the buf (see base/buf.h).
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include <stddef.h>

#include "base/buf.h"
#include "cli/args.h"
#include "cli/source.h"

void request_put_batch(struct buf *out, const struct args *args,
    const char *batch, const struct source *source);

/* ID NULL: the whole batch. CLIENT 0: this connection's. */
void request_put_cancel(
    struct buf *out, const char *batch, const char *id, int64_t client);

/* DATA is UTF-8. */
void request_put_copy_data(struct buf *out, const char *batch, size_t number,
    const char *data, size_t len);
/* ERROR NULL: that was all; else the COPY is given up, and why. */
void request_put_copy_end(
    struct buf *out, const char *batch, size_t number, const char *error);

/* "ping", "hello", "reload" */
void request_put_plain(struct buf *out, const char *type);
/* "pause", "resume", "reconnect"; DB NULL: every database */
void request_put_of_database(struct buf *out, const char *type, const char *db);
void request_put_show(struct buf *out, const char *what);

#endif
