#include "cli/request.h"

#include <string.h>

#include "base/json_out.h"

static void put_key(struct buf *out, const char *key)
{
	buf_append_char(out, ',');
	json_put_cstr(out, key);
	buf_append_char(out, ':');
}

static void put_text(struct buf *out, const char *key, const char *value)
{
	if (!value)
		return;
	put_key(out, key);
	json_put_cstr(out, value);
}

static void put_number(struct buf *out, const char *key, int64_t value)
{
	if (value == 0)
		return;
	put_key(out, key);
	buf_append_i64(out, value);
}

static void put_true(struct buf *out, const char *key, bool value)
{
	if (!value)
		return;
	put_key(out, key);
	buf_append_str(out, "true");
}

static void begin(struct buf *out, const char *type)
{
	buf_append_str(out, "{\"type\":");
	json_put_cstr(out, type);
}

static void end(struct buf *out)
{
	buf_append_str(out, "}\n");
}

static void put_statements(
    struct buf *out, const struct args *args, const struct source *source)
{
	put_key(out, "statements");
	buf_append_char(out, '[');
	for (size_t i = 0; i < source->n_spans; i++) {
		const struct split_span *span = &source->spans[i];

		buf_append_str(out, i ? ",{\"sql\":" : "{\"sql\":");
		json_put_string(
		    out, source->text.data + span->start, span->len);
		if (args->params) {
			put_key(out, "params");
			json_put_raw(out, args->params, strlen(args->params));
		}
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
}

/* Half a millisecond is not "no timeout". */
static int64_t round_up_ms(int64_t us)
{
	return us <= 0 ? 0 : us / 1000 + (us % 1000 != 0);
}

void request_put_batch(struct buf *out, const struct args *args,
    const char *batch, const struct source *source)
{
	begin(out, "batch");
	put_text(out, "id", batch);
	put_text(out, "db", args->db);
	put_text(out, "want", args->want);
	put_text(out, "order", args->order);
	put_text(out, "dispatch", args->dispatch);
	put_text(out, "on_error", args->on_error);
	put_text(out, "until", args->until);
	put_text(out, "types", args->types);
	put_number(out, "max_concurrency", args->jobs);
	put_number(out, "priority", args->priority);
	put_number(out, "timeout_ms", round_up_ms(args->timeout_us));
	put_true(out, "transaction", args->transaction);
	/* Data for a COPY is sent once it is known to run. */
	put_true(out, "progress", args->n_copies > 0);
	if (source->is_list) {
		put_statements(out, args, source);
	} else {
		put_key(out, "sql");
		json_put_string(out, source->text.data, source->text.len);
	}
	end(out);
}

void request_put_cancel(
    struct buf *out, const char *batch, const char *id, int64_t client)
{
	begin(out, "cancel");
	put_text(out, "batch", batch);
	put_text(out, "id", id);
	put_number(out, "client", client);
	end(out);
}

static void put_copy_target(struct buf *out, const char *batch, size_t number)
{
	put_text(out, "batch", batch);
	put_key(out, "id");
	buf_appendf(out, "\"%zu\"", number);
}

void request_put_copy_data(struct buf *out, const char *batch, size_t number,
    const char *data, size_t len)
{
	begin(out, "copy_data");
	put_copy_target(out, batch, number);
	put_key(out, "data");
	json_put_string(out, data, len);
	end(out);
}

void request_put_copy_end(
    struct buf *out, const char *batch, size_t number, const char *error)
{
	begin(out, "copy_end");
	put_copy_target(out, batch, number);
	put_text(out, "error", error);
	end(out);
}

void request_put_plain(struct buf *out, const char *type)
{
	begin(out, type);
	end(out);
}

void request_put_of_database(struct buf *out, const char *type, const char *db)
{
	begin(out, type);
	if (db)
		put_text(out, "db", db);
	end(out);
}

void request_put_show(struct buf *out, const char *what)
{
	begin(out, "show");
	put_text(out, "what", what);
	end(out);
}
