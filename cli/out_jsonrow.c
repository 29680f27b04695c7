#include "cli/out_jsonrow.h"

#include <stdlib.h>

#include "base/json_out.h"

void out_put_json_row(
    struct buf *b, const struct answer *a, const struct frame_cells *cells)
{
	buf_append_char(b, '{');
	for (size_t i = 0; i < cells->n; i++) {
		if (i)
			buf_append_char(b, ',');
		json_put_cstr(b, a->columns[i].key);
		buf_append_char(b, ':');
		json_put_raw(b, cells->cells[i].text, cells->cells[i].len);
	}
	buf_append_char(b, '}');
}

static void put_number(struct buf *b, const char *key, int64_t n)
{
	buf_appendf(b, ",\"%s\":", key);
	if (n < 0)
		buf_append_str(b, "null");
	else
		buf_append_i64(b, n);
}

static void put_error(struct buf *b, const json_t *error)
{
	char *text = error ? json_dumps(error, JSON_COMPACT) : NULL;

	buf_append_str(b, ",\"error\":");
	buf_append_str(b, text ? text : "null");
	if (error && !text)
		b->failed = true;
	free(text);
}

void out_put_json_verdict(struct buf *b, const struct verdict *v)
{
	buf_appendf(b, "\"status\":\"%s\",\"tag\":", status_text(v->status));
	json_put_cstr_or_null(b, v->tag);
	put_number(b, "count", v->count);
	put_error(b, v->error);
	put_number(b, "conn", v->conn);
	put_number(b, "queue_us", v->queue_us);
	put_number(b, "exec_us", v->exec_us);
	put_number(b, "total_us", v->total_us);
}
