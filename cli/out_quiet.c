/*
 * One line a statement: how it ended, how many rows, how long it ran and when
 * it was done.
 */
#include "cli/out.h"

#include <stdio.h>

#include "cli/text.h"

#define NUMBER_WIDTH 14
#define TIME_WIDTH 11
#define STATUS_WIDTH 9

static size_t id_width(const struct out *o)
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%zu", o->n_statements);

	return n > 2 ? (size_t)n : 2;
}

static void put_right(struct buf *b, struct buf *text, size_t width)
{
	size_t w = text_width(text->data, text->len);

	text_put_blanks(b, w < width ? width - w : 0);
	buf_append(b, text->data, text->len);
	buf_clear(text);
}

static void put_time(struct out *o, int64_t us)
{
	char text[TEXT_DURATION_SIZE];

	if (us >= 0) {
		text_format_duration(us, text);
		buf_append_str(&o->text, text);
	}
	put_right(&o->line, &o->text, TIME_WIDTH);
}

static void put_header(struct out *o)
{
	buf_appendf(&o->line, "%*s  %-*s%*s%*s%*s", (int)id_width(o), "id",
	    STATUS_WIDTH, "status", NUMBER_WIDTH, "rows", TIME_WIDTH, "ran",
	    TIME_WIDTH, "done at");
	if (o->source && o->source->n_spans > 0)
		buf_append_str(&o->line, "  statement");
	buf_append_char(&o->line, '\n');
}

static int quiet_done(
    struct out *o, struct answer *a, const struct verdict *v, struct err *e)
{
	size_t used;

	if (o->printed++ == 0)
		put_header(o);
	used = o->line.len;
	buf_appendf(&o->line, "%*zu  %-*s", (int)id_width(o), a->number,
	    STATUS_WIDTH, status_text(v->status));
	buf_clear(&o->text);
	if (v->count >= 0)
		text_put_count(&o->text, v->count);
	put_right(&o->line, &o->text, NUMBER_WIDTH);
	put_time(o, v->conn >= 0 ? v->exec_us : -1);
	put_time(o, v->total_us);
	used = o->line.len - used + 2;
	if (o->source && o->source->n_spans > 0) {
		buf_append_str(&o->line, "  ");
		out_put_label(
		    o, &o->line, a, o->width > used ? o->width - used : 0);
	}
	buf_append_char(&o->line, '\n');
	if (o->line.failed || o->text.failed)
		return err_nomem(e);
	output_take(o->output, &o->line);
	return 0;
}

const struct out_ops out_quiet = {
    .name = "quiet",
    .done = quiet_done,
};
