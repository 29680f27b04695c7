/*
 * One JSON document: a list with an object for each statement, in the order
 * they ended. The verdict stands behind the rows, which may long be out by
 * the time it is known.
 */
#include "cli/out.h"

#include <string.h>

#include "base/json_out.h"
#include "cli/out_jsonrow.h"

/* In front of each object of the list that is the document. */
static void separate(struct out *o)
{
	output_put_str(o->output, o->printed++ == 0 ? "[\n" : ",\n");
}

/* The object's beginning, once. */
static void open_object(struct out *o, struct answer *a)
{
	const char *sql;
	size_t len;

	if (a->is_begun)
		return;
	a->is_begun = true;
	if (o->direct)
		separate(o);
	buf_appendf(&o->line, "{\"id\":\"%zu\"", a->number);
	if (o->source && source_statement(o->source, a->number, &sql, &len)) {
		buf_append_str(&o->line, ",\"sql\":");
		json_put_string(&o->line, sql, len);
	}
}

static int put_columns(struct out *o, struct answer *a, struct err *e)
{
	if (o->bare)
		return 0;
	open_object(o, a);
	buf_append_str(&o->line, ",\"columns\":[");
	for (size_t i = 0; i < a->n_columns; i++) {
		buf_append_str(&o->line, i ? ",{\"name\":" : "{\"name\":");
		json_put_cstr(&o->line, a->columns[i].key);
		buf_append_str(&o->line, ",\"type\":");
		json_put_cstr(&o->line, a->columns[i].type);
		buf_append_char(&o->line, '}');
	}
	buf_append_str(&o->line, "],\"rows\":[");
	return out_emit(o, a, &o->line, e);
}

static int put_row(struct out *o, struct answer *a,
    const struct frame_cells *cells, struct err *e)
{
	if (o->bare)
		separate(o);
	else
		buf_append_str(&o->line, a->rows > 0 ? ",\n" : "\n");
	out_put_json_row(&o->line, a, cells);
	return out_emit(o, a, &o->line, e);
}

static int put_copy(struct out *o, struct answer *a, const char *data,
    size_t len, struct err *e)
{
	bool first = !a->is_begun;

	open_object(o, a);
	buf_append_str(&o->line, first ? ",\"copy\":[\n" : ",\n");
	json_put_string(&o->line, data, len);
	return out_emit(o, a, &o->line, e);
}

static int put_done(
    struct out *o, struct answer *a, const struct verdict *v, struct err *e)
{
	bool has_list = a->is_begun;
	int rc;

	if (o->bare)
		return 0;
	open_object(o, a);
	buf_append_str(&o->line, has_list ? "],\n" : ",");
	out_put_json_verdict(&o->line, v);
	buf_append_char(&o->line, '}');
	rc = out_emit(o, a, &o->line, e);
	if (rc == 0 && !o->direct) {
		separate(o);
		rc = out_replay(o, a, e);
	}
	return rc;
}

/* What is still open was lost on the way. */
static void put_end(struct out *o)
{
	const struct verdict lost = {.status = STATUS_UNKNOWN,
	    .count = -1,
	    .conn = -1,
	    .queue_us = -1,
	    .exec_us = -1,
	    .total_us = -1};

	if (o->open && put_done(o, o->open, &lost, NULL))
		return;
	output_put_str(o->output, o->printed ? "\n]\n" : "[]\n");
}

const struct out_ops out_json = {
    .name = "json",
    .machine = true,
    .columns = put_columns,
    .row = put_row,
    .copy = put_copy,
    .done = put_done,
    .end = put_end,
};
