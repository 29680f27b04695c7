#include "cli/out.h"

#include <string.h>

#include "cli/text.h"

#define REPLAY_CHUNK ((size_t)64 * 1024)

static const struct out_ops *const formats[] = {
    &out_aligned, &out_csv, &out_json, &out_ndjson, &out_quiet};

void out_init(struct out *o, const char *format, struct output *output)
{
	memset(o, 0, sizeof *o);
	o->output = output;
	o->width = text_terminal_width(output->fd);
	buf_init(&o->line);
	buf_init(&o->text);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i]->name, format) == 0)
			o->ops = formats[i];
}

void out_release(struct out *o)
{
	buf_release(&o->line);
	buf_release(&o->text);
}

void out_begin(struct out *o, size_t n_statements, bool sequential,
    const struct source *source)
{
	o->n_statements = n_statements;
	o->many = n_statements > 1;
	o->direct = o->ops->streams || sequential || !o->many;
	o->source = source;
}

/*
 * What a format may rely on: an answer is rows or COPY data, never both, and
 * direct answers do not interleave.
 */
static int check_turn(
    struct out *o, struct answer *a, bool bad_kind, struct err *e)
{
	bool bad_turn =
	    o->direct && !o->ops->streams && o->open && o->open != a;

	if (bad_kind || bad_turn)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the server mixed up the answer to statement %zu",
		    a->number);
	o->open = o->direct ? a : NULL;
	return 0;
}

int out_columns(struct out *o, struct answer *a, struct err *e)
{
	int rc = check_turn(o, a, a->has_copy, e);

	return rc == 0 && o->ops->columns ? o->ops->columns(o, a, e) : rc;
}

int out_row(struct out *o, struct answer *a, const struct frame_cells *cells,
    struct err *e)
{
	if (cells->n != a->n_columns)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the server sent a row of %zu values for %zu columns",
		    cells->n, a->n_columns);
	return o->ops->row ? o->ops->row(o, a, cells, e) : 0;
}

int out_copy(struct out *o, struct answer *a, const char *data, size_t len,
    struct err *e)
{
	int rc = check_turn(o, a, a->has_columns, e);

	if (rc == 0 && o->ops->copy)
		rc = o->ops->copy(o, a, data, len, e);
	a->has_copy = true;
	return rc;
}

int out_done(
    struct out *o, struct answer *a, const struct verdict *v, struct err *e)
{
	int rc = o->ops->done ? o->ops->done(o, a, v, e) : 0;

	if (o->open == a)
		o->open = NULL;
	answer_release(a);
	return rc;
}

void out_end(struct out *o)
{
	if (o->ops->end)
		o->ops->end(o);
}

int out_emit(struct out *o, struct answer *a, struct buf *b, struct err *e)
{
	int rc = 0;

	if (b->failed)
		rc = err_nomem(e);
	else if (o->direct)
		output_put(o->output, b->data, b->len);
	else
		rc = spool_append(&a->spool, b->data, b->len, e);
	buf_clear(b);
	return rc;
}

int out_replay(struct out *o, struct answer *a, struct err *e)
{
	struct spool_reader r;
	int rc = spool_read(&a->spool, &r, e);

	while (
	    rc == 0 && spool_left(&r) > 0 && o->output->state == OUTPUT_OPEN) {
		uint64_t left = spool_left(&r);
		size_t n = left < REPLAY_CHUNK ? (size_t)left : REPLAY_CHUNK;
		const char *data;

		rc = spool_take(&r, n, &data, e);
		if (rc == 0)
			output_put(o->output, data, n);
	}
	spool_reader_release(&r);
	return rc;
}

int out_copy_raw(struct out *o, struct answer *a, const char *data, size_t len,
    struct err *e)
{
	o->copied = true;
	buf_append(&o->line, data, len);
	return out_emit(o, a, &o->line, e);
}

int out_cell_text(struct out *o, const struct jspan *cell, const char **text,
    size_t *len, struct err *e)
{
	*text = NULL;
	*len = 0;
	if (cell->kind == JSCAN_NULL)
		return 0;
	jspan_text(cell, &o->text, text, len);
	return o->text.failed ? err_nomem(e) : 0;
}

void out_put_label(
    struct out *o, struct buf *b, const struct answer *a, size_t width)
{
	const char *sql;
	size_t len;

	if (o->source && source_statement(o->source, a->number, &sql, &len))
		text_put_label(b, sql, len, width);
}
