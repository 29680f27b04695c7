/*
 * The frames that the server sends, as NDJSON: each function appends one
 * whole line to a buf (a failure sticks to the buf). docs/protocol.md is
 * what they mean. Pure; any thread.
 */
#ifndef PROXY_RESPONSE_WRITE_H
#define PROXY_RESPONSE_WRITE_H

#include "base/buf.h"
#include "base/err.h"
#include "proxy/batch.h"
#include "proxy/fanout.h"

void write_accepted(struct buf *out, const char *batch, unsigned n);
void write_rejected(struct buf *out, const char *batch, const struct err *e);
void write_error(struct buf *out, const struct err *e);
void write_pong(struct buf *out);

void write_started(
    struct buf *out, const char *batch, const char *id, int conn);
void write_columns(struct buf *out, const char *batch, const char *id,
    const struct backend_column *columns, unsigned n);

/* A rows frame is opened, filled and closed. */
void write_rows_open(struct buf *out, const char *batch, const char *id);
void write_row(struct buf *out, const struct backend_value *values, unsigned n,
    bool first, enum batch_types types);
void write_rows_close(struct buf *out);

void write_copy(struct buf *out, const char *batch, const char *id,
    const char *data, size_t len);
void write_notice(struct buf *out, const char *batch, const char *id,
    const char *severity, const char *message);

/* CHAR_OFFSET is added to the error's position. */
void write_done(struct buf *out, const char *batch, const char *id,
    size_t char_offset, const struct fanout_done *done);
void write_end(
    struct buf *out, const char *batch, const struct fanout_end *end);

#endif
