#include "pool/backend_pg.h"

#include <stdio.h>
#include <string.h>

/* What COPY OUT gathers before it is told. */
#define COPY_OUT_BYTES ((size_t)64 * 1024)

/* What COPY IN gathers before it asks whether the kernel takes it. */
#define COPY_IN_BYTES ((size_t)32 * 1024)

/* Only noted: libpq may be in the middle of telling a notice. */
static void plan_end(struct backend *b, const char *abort_reason)
{
	b->st.copy_ending = true;
	if (abort_reason) {
		b->st.copy_abort = true;
		snprintf(b->st.copy_reason, sizeof b->st.copy_reason, "%s",
		    abort_reason);
	}
	pg_kick(b);
}

void pg_copy_in_begin(struct backend *b)
{
	pg_move(b, PG_COPY_IN);
	b->st.copy_wanted = true;
	b->st.copied_in = true;
	/* A cancel that came before it: a server that waits for data hears
	   of none. */
	if (b->st.cancel_asked)
		plan_end(b, "cancelled");
}

/*
 * Even when it gives up, the statement ends only by the server's word, which
 * pg_run_step() waits for.
 */
static void end_copy_in(struct backend *b)
{
	const char *reason = b->st.copy_abort ? b->st.copy_reason : NULL;

	if (PQputCopyEnd(b->conn, reason) < 0)
		b->eof = true;
	pg_move(b, PG_RUNNING);
	pg_flush(b);
}

/*
 * What the server says in the middle, libpq shows once the copy was ended:
 * so when the connection is gone, end it to see the server's last words.
 */
void pg_copy_in_step(struct backend *b)
{
	(void)PQisBusy(b->conn); /* tells notices */
	if (b->phase != PG_COPY_IN)
		return;
	if (b->st.copy_unsent > 0) {
		b->st.copy_unsent = 0;
		pg_flush(b);
	}
	if (b->st.copy_ending || b->eof) {
		end_copy_in(b);
	} else if (b->st.copy_wanted && !b->flushing) {
		b->st.copy_wanted = false;
		b->st.sink->on_copy_in(b->st.ctx);
	}
}

int pg_copy_data(struct backend *b, const char *data, size_t len)
{
	if (b->phase != PG_COPY_IN || b->st.copy_ending || b->eof)
		return 0;
	while (len > 0) {
		size_t piece = len < COPY_IN_BYTES ? len : COPY_IN_BYTES;

		/* Memory ran out: a copy with a hole must not end well. */
		if (PQputCopyData(b->conn, data, (int)piece) != 1) {
			plan_end(b, "out of memory");
			return 0;
		}
		data += piece;
		len -= piece;
		b->st.copy_unsent += piece;
	}
	if (b->phase != PG_COPY_IN) /* closed by a notice that libpq told */
		return 0;
	if (b->st.copy_unsent >= COPY_IN_BYTES) {
		b->st.copy_unsent = 0;
		pg_flush(b);
	}
	b->st.copy_wanted = b->flushing;
	pg_watch(b);
	if (!b->flushing)
		pg_kick(b);
	return b->flushing;
}

void pg_copy_end(struct backend *b, const char *abort_reason)
{
	if (b->phase != PG_COPY_IN || b->st.copy_ending)
		return;
	if (abort_reason)
		b->st.cancel_asked = true; /* the server says 57014 */
	plan_end(b, abort_reason);
}

static void tell_copy_out(struct backend *b)
{
	struct buf *copy = &b->st.copy;

	if (copy->len == 0)
		return;
	b->st.unflushed = true;
	b->st.sink->on_copy_out(b->st.ctx, copy->data, copy->len);
	buf_clear(copy);
}

/* Who wants the count alone is not told the data. */
static void gather(struct backend *b, const char *row, size_t len)
{
	struct err e;

	if (b->st.want_rows)
		buf_append(&b->st.copy, row, len);
	if (b->st.copy.failed) {
		(void)err_nomem(&e);
		pg_lose(b, &e);
	}
}

/* What is gathered goes first, since telling it may pause the backend. */
void pg_copy_out_step(struct backend *b)
{
	char *row = NULL;
	int len = 1;

	while (b->phase == PG_COPY_OUT && !b->paused) {
		if (len <= 0 || b->st.copy.len >= COPY_OUT_BYTES)
			tell_copy_out(b);
		if (b->phase != PG_COPY_OUT || b->paused)
			return;
		if (len < 0)
			pg_move(b, PG_RUNNING);
		else if (len == 0 && b->eof)
			pg_lose(b, NULL);
		if (len <= 0)
			return;
		len = PQgetCopyData(b->conn, &row, 1);
		if (len > 0) {
			gather(b, row, (size_t)len);
			PQfreemem(row);
		}
	}
}
