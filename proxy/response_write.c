#include "proxy/response_write.h"

#include <inttypes.h>

#include "base/json_out.h"

/* Opens a frame: {"type":"TYPE" */
static void open_frame(struct buf *out, const char *type)
{
	buf_append_str(out, "{\"type\":\"");
	buf_append_str(out, type);
	buf_append_char(out, '"');
}

static void close_frame(struct buf *out)
{
	buf_append(out, "}\n", 2);
}

static void put_key(struct buf *out, const char *key)
{
	buf_append(out, ",\"", 2);
	buf_append_str(out, key);
	buf_append(out, "\":", 2);
}

static void put_string(struct buf *out, const char *key, const char *value)
{
	put_key(out, key);
	json_put_cstr_or_null(out, value);
}

static void put_number(struct buf *out, const char *key, int64_t n)
{
	put_key(out, key);
	buf_append_i64(out, n);
}

/* For numbers that may not be there. */
static void put_number_or_null(
    struct buf *out, const char *key, int64_t n, int64_t none)
{
	put_key(out, key);
	if (n == none)
		buf_append_str(out, "null");
	else
		buf_append_i64(out, n);
}

/* Frames about a statement all begin alike. */
static void open_stmt_frame(
    struct buf *out, const char *type, const char *batch, const char *id)
{
	open_frame(out, type);
	put_string(out, "batch", batch);
	put_string(out, "id", id);
}

static void put_string_if(struct buf *out, const char *key, const char *value)
{
	if (value)
		put_string(out, key, value);
}

static void put_error(
    struct buf *out, const struct backend_error *e, size_t char_offset)
{
	put_key(out, "error");
	if (!e) {
		buf_append_str(out, "null");
		return;
	}
	buf_append_str(out, "{\"source\":");
	json_put_cstr(out, e->from_server ? "server" : "proxy");
	put_string(out, "severity", e->severity ? e->severity : "ERROR");
	put_string(out, "sqlstate", e->sqlstate);
	put_string(out, "message", e->message ? e->message : "");
	put_string_if(out, "detail", e->detail);
	put_string_if(out, "hint", e->hint);
	if (e->position)
		put_number(
		    out, "position", (int64_t)(e->position + char_offset));
	put_string_if(out, "internal_query", e->internal_query);
	put_string_if(out, "where", e->where);
	put_string_if(out, "schema", e->schema);
	put_string_if(out, "table", e->table);
	put_string_if(out, "column", e->column);
	put_string_if(out, "datatype", e->datatype);
	put_string_if(out, "constraint", e->constraint);
	buf_append_char(out, '}');
}

static void put_proxy_error(struct buf *out, const struct err *e)
{
	const struct backend_error error = {
	    .severity = "ERROR",
	    .sqlstate = e->sqlstate,
	    .message = e->message,
	};

	put_error(out, &error, 0);
}

void write_accepted(struct buf *out, const char *batch, unsigned n)
{
	open_frame(out, "accepted");
	put_string(out, "batch", batch);
	put_number(out, "statements", n);
	close_frame(out);
}

void write_rejected(struct buf *out, const char *batch, const struct err *e)
{
	open_frame(out, "rejected");
	put_string(out, "batch", batch);
	put_proxy_error(out, e);
	close_frame(out);
}

void write_error(struct buf *out, const struct err *e)
{
	open_frame(out, "error");
	put_proxy_error(out, e);
	close_frame(out);
}

void write_pong(struct buf *out)
{
	open_frame(out, "pong");
	close_frame(out);
}

void write_started(struct buf *out, const char *batch, const char *id, int conn)
{
	open_stmt_frame(out, "started", batch, id);
	put_number(out, "conn", conn);
	close_frame(out);
}

void write_columns(struct buf *out, const char *batch, const char *id,
    const struct backend_column *columns, unsigned n)
{
	open_stmt_frame(out, "columns", batch, id);
	put_key(out, "columns");
	buf_append_char(out, '[');
	for (unsigned i = 0; i < n; i++) {
		buf_append_str(out, i ? ",{\"name\":" : "{\"name\":");
		json_put_cstr(out, columns[i].name);
		put_string(out, "type", columns[i].type);
		put_number(out, "oid", columns[i].oid);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
	close_frame(out);
}

void write_rows_open(struct buf *out, const char *batch, const char *id)
{
	open_stmt_frame(out, "rows", batch, id);
	put_key(out, "rows");
	buf_append_char(out, '[');
}

static void put_native(struct buf *out, const struct backend_value *v)
{
	switch (v->kind) {
	case VALUE_NUMBER:
		buf_append(out, v->text, v->len);
		break;
	case VALUE_BOOL:
		buf_append_str(out, v->text[0] == 't' ? "true" : "false");
		break;
	case VALUE_JSON:
		json_put_raw(out, v->text, v->len);
		break;
	case VALUE_NULL:
	case VALUE_TEXT:
		json_put_string(out, v->text, v->len);
		break;
	}
}

void write_row(struct buf *out, const struct backend_value *values, unsigned n,
    bool first, enum batch_types types)
{
	buf_append_str(out, first ? "[" : ",[");
	for (unsigned i = 0; i < n; i++) {
		if (i)
			buf_append_char(out, ',');
		if (values[i].kind == VALUE_NULL)
			buf_append_str(out, "null");
		else if (types == TYPES_JSON)
			put_native(out, &values[i]);
		else
			json_put_string(out, values[i].text, values[i].len);
	}
	buf_append_char(out, ']');
}

void write_rows_close(struct buf *out)
{
	buf_append_char(out, ']');
	close_frame(out);
}

void write_copy(struct buf *out, const char *batch, const char *id,
    const char *data, size_t len)
{
	open_stmt_frame(out, "copy", batch, id);
	put_key(out, "data");
	json_put_string(out, data, len);
	close_frame(out);
}

void write_notice(struct buf *out, const char *batch, const char *id,
    const char *severity, const char *message)
{
	open_stmt_frame(out, "notice", batch, id);
	put_string(out, "severity", severity);
	put_string(out, "message", message);
	close_frame(out);
}

void write_done(struct buf *out, const char *batch, const char *id,
    size_t char_offset, const struct fanout_done *done)
{
	open_stmt_frame(out, "done", batch, id);
	put_string(out, "status", stmt_status_name(done->status));
	put_string(out, "tag", done->tag);
	put_number_or_null(out, "count", done->count, -1);
	put_error(out, done->error, char_offset);
	put_number_or_null(out, "conn", done->conn, 0);
	put_number(out, "queue_us", done->queue_us);
	put_number(out, "exec_us", done->exec_us);
	put_number(out, "total_us", done->total_us);
	close_frame(out);
}

void write_end(struct buf *out, const char *batch, const struct fanout_end *end)
{
	static const char *const outcomes[] = {
	    NULL, "committed", "rolled_back", "unknown"};

	open_frame(out, "end");
	put_string(out, "batch", batch);
	for (int i = 0; i < N_STATUS; i++)
		put_number(
		    out, stmt_status_name((enum stmt_status)i), end->n[i]);
	put_number(out, "wall_us", end->wall_us);
	put_number(out, "exec_us", end->exec_us);
	put_number(out, "peak_concurrency", end->peak_concurrency);
	put_string_if(out, "transaction", outcomes[end->transaction]);
	close_frame(out);
}
