/*
 * CSV as RFC 4180 has it, with a header line. NULL is nothing and an empty
 * string is "", as in PostgreSQL's COPY. Results are separated by a blank
 * line; a statement that failed prints nothing unless its rows were already
 * on their way.
 */
#include "cli/out.h"

#include <string.h>

static void put_field(struct buf *b, const char *text, size_t len)
{
	bool plain = len > 0;

	for (size_t i = 0; plain && i < len; i++)
		plain = !strchr(",\"\r\n", text[i]) || text[i] == '\0';
	if (plain) {
		buf_append(b, text, len);
		return;
	}
	buf_append_char(b, '"');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			buf_append_char(b, '"');
		buf_append_char(b, text[i]);
	}
	buf_append_char(b, '"');
}

/* Between two results on standard output. */
static void separate(struct out *o)
{
	if (o->printed++ > 0)
		output_put_str(o->output, "\n");
}

static int csv_columns(struct out *o, struct answer *a, struct err *e)
{
	if (o->direct)
		separate(o);
	for (size_t i = 0; i < a->n_columns; i++) {
		if (i)
			buf_append_char(&o->line, ',');
		put_field(
		    &o->line, a->columns[i].name, strlen(a->columns[i].name));
	}
	buf_append_char(&o->line, '\n');
	return out_emit(o, a, &o->line, e);
}

static int csv_row(struct out *o, struct answer *a,
    const struct frame_cells *cells, struct err *e)
{
	for (size_t i = 0; i < cells->n; i++) {
		const char *text;
		size_t len;
		int rc = out_cell_text(o, &cells->cells[i], &text, &len, e);

		if (rc)
			return rc;
		if (i)
			buf_append_char(&o->line, ',');
		if (text)
			put_field(&o->line, text, len);
	}
	buf_append_char(&o->line, '\n');
	return out_emit(o, a, &o->line, e);
}

static int csv_done(
    struct out *o, struct answer *a, const struct verdict *v, struct err *e)
{
	if (o->direct || v->status != STATUS_OK || a->spool.size == 0)
		return 0;
	separate(o);
	return out_replay(o, a, e);
}

const struct out_ops out_csv = {
    .name = "csv",
    .machine = true,
    .columns = csv_columns,
    .row = csv_row,
    .copy = out_copy_raw,
    .done = csv_done,
};
