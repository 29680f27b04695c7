/*
 * Tables as psql draws them, control characters shown as escapes. Columns can
 * be drawn only once their widest value is known, so rows wait in the
 * answer's spool until it is done: for each cell a struct cell_head and its
 * text.
 */
#include "cli/out.h"

#include <string.h>

#include "cli/text.h"

struct cell_head {
	uint32_t len, width;
};

static void put_dashes(struct buf *b, size_t n)
{
	while (n-- > 0)
		buf_append_char(b, '-');
}

static int aligned_columns(struct out *o, struct answer *a, struct err *e)
{
	for (size_t i = 0; i < a->n_columns; i++) {
		struct answer_column *c = &a->columns[i];

		buf_clear(&o->text);
		text_put_escaped(&o->text, c->name, strlen(c->name), "");
		if (o->text.failed)
			return err_nomem(e);
		c->width = text_width(o->text.data, o->text.len);
	}
	return 0;
}

static bool is_number(const char *text, size_t len)
{
	struct jscan s;
	struct jspan value;

	jscan_init(&s, text, len);
	return jscan_value(&s, &value) && value.kind == JSCAN_NUMBER &&
	       jscan_at_end(&s);
}

static void learn(
    struct answer_column *c, const char *text, size_t len, size_t width)
{
	if (width > c->width)
		c->width = width;
	if (c->guess && !is_number(text, len))
		c->guess = false;
	c->seen = true;
}

static void put_cell(
    struct buf *b, struct answer_column *c, const char *text, size_t len)
{
	struct cell_head head = {0, 0};
	size_t at = b->len;

	buf_append(b, &head, sizeof head);
	if (text) {
		text_put_escaped(b, text, len, "");
		if (b->failed)
			return;
		head.len = (uint32_t)(b->len - at - sizeof head);
		head.width =
		    (uint32_t)text_width(b->data + at + sizeof head, head.len);
		memcpy(b->data + at, &head, sizeof head);
		learn(c, text, len, head.width);
	}
}

static int aligned_row(struct out *o, struct answer *a,
    const struct frame_cells *cells, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < cells->n; i++) {
		const char *text;
		size_t len;

		rc = out_cell_text(o, &cells->cells[i], &text, &len, e);
		if (rc == 0)
			put_cell(&o->line, &a->columns[i], text, len);
	}
	if (rc == 0 && o->line.failed)
		rc = err_nomem(e);
	if (rc == 0)
		rc = spool_append(&a->spool, o->line.data, o->line.len, e);
	buf_clear(&o->line);
	return rc;
}

/* " name | state " in the middle of its columns, and the line below it. */
static void put_header(struct out *o, const struct answer *a)
{
	struct buf *b = &o->line;

	for (size_t i = 0; i < a->n_columns; i++) {
		const struct answer_column *c = &a->columns[i];
		size_t width, left;

		buf_clear(&o->text);
		text_put_escaped(&o->text, c->name, strlen(c->name), "");
		width = text_width(o->text.data, o->text.len);
		left = (c->width - width) / 2;
		buf_append_str(b, i ? "| " : " ");
		text_put_blanks(b, left);
		buf_append(b, o->text.data, o->text.len);
		text_put_blanks(b, c->width - width - left + 1);
	}
	if (a->n_columns)
		buf_append_char(b, '\n');
	for (size_t i = 0; i < a->n_columns; i++) {
		if (i)
			buf_append_char(b, '+');
		put_dashes(b, a->columns[i].width + 2);
	}
	buf_append_str(b, a->n_columns ? "\n" : "--\n");
}

static void put_aligned(struct buf *b, const struct answer_column *c,
    const char *text, struct cell_head head, bool last)
{
	bool right = c->right || (c->guess && c->seen);
	size_t pad = c->width - head.width;

	if (right)
		text_put_blanks(b, pad);
	buf_append(b, text, head.len);
	if (!right && !last)
		text_put_blanks(b, pad);
}

static int put_row(struct out *o, const struct answer *a,
    struct spool_reader *r, struct err *e)
{
	for (size_t i = 0; i < a->n_columns; i++) {
		struct cell_head head;
		const char *data;
		int rc = spool_take(r, sizeof head, &data, e);

		if (rc)
			return rc;
		memcpy(&head, data, sizeof head);
		rc = spool_take(r, head.len, &data, e);
		if (rc)
			return rc;
		buf_append_str(&o->line, i ? " | " : " ");
		put_aligned(&o->line, &a->columns[i], data, head,
		    i + 1 == a->n_columns);
	}
	buf_append_char(&o->line, '\n');
	output_take(o->output, &o->line);
	return 0;
}

static int put_table(struct out *o, struct answer *a, struct err *e)
{
	struct spool_reader r;
	int rc = spool_read(&a->spool, &r, e);

	put_header(o, a);
	output_take(o->output, &o->line);
	while (rc == 0 && spool_left(&r) > 0 && o->output->state == OUTPUT_OPEN)
		rc = put_row(o, a, &r, e);
	spool_reader_release(&r);
	buf_appendf(&o->line, "(%lld row%s)\n\n", (long long)a->rows,
	    a->rows == 1 ? "" : "s");
	output_take(o->output, &o->line);
	return rc;
}

/* "-- 2: SELECT name FROM states (12 ms)" */
static void put_heading(
    struct out *o, const struct answer *a, const struct verdict *v)
{
	struct buf how;
	char time[TEXT_DURATION_SIZE] = "";
	size_t used;

	buf_init(&how);
	if (v->conn >= 0 && v->exec_us >= 0)
		text_format_duration(v->exec_us, time);
	if (v->status == STATUS_OK)
		buf_append_str(&how, time);
	else
		buf_appendf(&how, "%s%s%s", status_text(v->status),
		    *time ? " after " : "", time);
	used = o->line.len;
	buf_appendf(&o->line, "-- %zu: ", a->number);
	used = o->line.len - used + how.len + 3;
	out_put_label(o, &o->line, a, o->width > used ? o->width - used : 0);
	buf_append_str(&o->line, " (");
	buf_append(&o->line, how.data, how.len);
	buf_append_str(&o->line, ")\n");
	buf_release(&how);
	output_take(o->output, &o->line);
}

/* As psql: a tag where there is no table, or beside one of what changed. */
static bool put_tag(
    struct out *o, const struct answer *a, const struct verdict *v)
{
	if (a->has_copy ||
	    (a->has_columns && (!v->tag || strncmp(v->tag, "SELECT", 6) == 0)))
		return false;
	if (v->tag)
		text_put_escaped(&o->line, v->tag, strlen(v->tag), "");
	else if (v->count >= 0)
		text_put_quantity(&o->line, v->count, "row");
	else
		buf_append_str(&o->line, "OK");
	buf_append_char(&o->line, '\n');
	output_take(o->output, &o->line);
	return true;
}

static int aligned_done(
    struct out *o, struct answer *a, const struct verdict *v, struct err *e)
{
	bool ok = v->status == STATUS_OK;
	bool table = ok && a->has_columns, tag = false;
	int rc = 0;

	if (o->many && !o->bare)
		put_heading(o, a, v);
	if (table)
		rc = put_table(o, a, e);
	if (a->has_copy && !o->direct)
		rc = out_replay(o, a, e);
	if (ok && !o->bare)
		tag = put_tag(o, a, v);
	if (o->many && (!table || tag))
		output_put_str(o->output, "\n");
	return rc;
}

const struct out_ops out_aligned = {
    .name = "aligned",
    .columns = aligned_columns,
    .row = aligned_row,
    .copy = out_copy_raw,
    .done = aligned_done,
};
