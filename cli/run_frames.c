#include "cli/run_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/errors.h"
#include "cli/text.h"

void run_say(struct run *r, struct buf *text)
{
	output_flush(&r->output);
	progress_erase(&r->progress);
	if (!text->failed)
		fwrite(text->data, 1, text->len, stderr);
	buf_clear(text);
}

void run_sayf(struct run *r, const char *fmt, ...)
{
	va_list ap;

	output_flush(&r->output);
	progress_erase(&r->progress);
	va_start(ap, fmt);
	fputs("fanout: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static struct errors_context context(const struct run *r, size_t number)
{
	return (struct errors_context){
	    .source = &r->source,
	    .number = number,
	    .many = r->n_answers > 1,
	    .width = text_terminal_width(STDERR_FILENO),
	};
}

static void say_error(struct run *r, size_t number, const json_t *error)
{
	struct errors_context c = context(r, number);
	struct buf text;

	buf_init(&text);
	errors_put(&text, &c, error);
	run_say(r, &text);
	buf_release(&text);
}

static void on_notice(struct run *r, const struct frame *f)
{
	struct errors_context c = context(r, f->number);
	struct buf text;

	buf_init(&text);
	errors_put_notice(&text, &c, frame_string(f->json, "severity"),
	    frame_string(f->json, "message"));
	run_say(r, &text);
	buf_release(&text);
}

static int on_accepted(struct run *r, const struct frame *f, struct err *e)
{
	size_t n = frame_count_statements(f);
	bool sequential =
	    r->args->order && strcmp(r->args->order, "statement") == 0;

	if (r->accepted)
		return 0;
	r->answers = calloc(n ? n : 1, sizeof *r->answers);
	if (!r->answers)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++)
		answer_init(&r->answers[i], i + 1);
	r->n_answers = n;
	r->accepted = true;
	source_confirm(&r->source, n);
	out_begin(&r->out, n, sequential, &r->source);
	/* Rows that scroll by on the terminal say more than a number. */
	if (r->out.direct && isatty(r->output.fd))
		r->progress.enabled = false;
	return 0;
}

struct row_target {
	struct run *run;
	struct answer *answer;
};

static int on_row(void *ctx, const struct frame_cells *cells, struct err *e)
{
	struct row_target *t = ctx;
	int rc = out_row(&t->run->out, t->answer, cells, e);

	if (rc == 0) {
		t->answer->rows++;
		t->run->rows++;
	}
	return rc;
}

static int on_columns(
    struct run *r, struct answer *a, const struct frame *f, struct err *e)
{
	int rc = answer_set_columns(a, json_object_get(f->json, "columns"), e);

	return rc ? rc : out_columns(&r->out, a, e);
}

static int on_rows(
    struct run *r, struct answer *a, const struct frame *f, struct err *e)
{
	struct row_target target = {r, a};

	return frame_each_row(f, &r->cells, on_row, &target, e);
}

static int on_copy(
    struct run *r, struct answer *a, const struct frame *f, struct err *e)
{
	const json_t *data = json_object_get(f->json, "data");

	if (!json_is_string(data))
		return 0;
	return out_copy(
	    &r->out, a, json_string_value(data), json_string_length(data), e);
}

/* What this verdict means for the exit code. */
static void judge(struct run *r, const struct verdict *v)
{
	const char *state = frame_string(v->error, "sqlstate");
	bool timeout = state && strcmp(state, SQLSTATE_CANCELED) == 0;

	r->by_status[v->status]++;
	if (v->status == STATUS_CANCELLED ||
	    (v->status == STATUS_NOT_SENT && timeout))
		r->late = true;
	else if (v->status != STATUS_OK && v->status != STATUS_SKIPPED)
		r->bad = true;
}

static bool is_loser(const struct run *r, const struct verdict *v)
{
	return run_has_winner(r) && v->status != STATUS_ERROR &&
	       v->status != STATUS_UNKNOWN;
}

static int on_done(
    struct run *r, struct answer *a, const struct frame *f, struct err *e)
{
	struct verdict v;
	const char *sql = NULL;
	size_t len = 0;
	int rc;

	frame_get_verdict(f, &v);
	answer_set_verdict(a, &v);
	judge(r, &v);
	r->n_done++;
	/* The engine's count is the one that counts. */
	if (v.count >= 0)
		r->rows += v.count - a->rows;
	copy_feeds_stop(&r->feeds, a->number);
	source_statement(&r->source, a->number, &sql, &len);
	trace_add(&r->trace, a, sql, len);
	rc = out_done(&r->out, a, &v, e);
	if (rc == 0 && v.error && !is_loser(r, &v))
		say_error(r, a->number, v.error);
	return rc;
}

/* What is about one statement. */
static int on_answer(struct run *r, const struct frame *f, struct err *e)
{
	struct answer *a;

	if (f->number == 0 || f->number > r->n_answers)
		return 0;
	a = &r->answers[f->number - 1];
	if (a->has_verdict)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the server went on about statement %zu after its end",
		    f->number);
	switch (f->kind) {
	case FRAME_STARTED:
		copy_feeds_start(&r->feeds, f->number);
		return 0;
	case FRAME_COLUMNS:
		return on_columns(r, a, f, e);
	case FRAME_ROWS:
		return on_rows(r, a, f, e);
	case FRAME_COPY:
		return on_copy(r, a, f, e);
	default:
		return on_done(r, a, f, e);
	}
}

static void on_end(struct run *r, const struct frame *f)
{
	const char *transaction = frame_string(f->json, "transaction");

	if (transaction)
		snprintf(
		    r->transaction, sizeof r->transaction, "%s", transaction);
	r->wall_us = frame_int(f->json, "wall_us", -1);
	r->exec_us = frame_int(f->json, "exec_us", -1);
	r->ended = true;
}

static void on_refusal(struct run *r, const struct frame *f)
{
	/* A cancel that came too late is no news. */
	if (f->kind == FRAME_ERROR && r->accepted && r->signal)
		return;
	say_error(r, f->number, json_object_get(f->json, "error"));
	if (!r->accepted)
		r->refused = r->ended = true;
}

static int on_frame(struct run *r, const struct frame *f, struct err *e)
{
	switch (f->kind) {
	case FRAME_ACCEPTED:
		return on_accepted(r, f, e);
	case FRAME_STARTED:
	case FRAME_COLUMNS:
	case FRAME_ROWS:
	case FRAME_COPY:
	case FRAME_DONE:
		return on_answer(r, f, e);
	case FRAME_NOTICE:
		on_notice(r, f);
		return 0;
	case FRAME_END:
		on_end(r, f);
		return 0;
	case FRAME_REJECTED:
	case FRAME_ERROR:
		on_refusal(r, f);
		return 0;
	default:
		return 0; /* not for us */
	}
}

int run_on_line(struct run *r, const char *line, size_t len, struct err *e)
{
	struct frame f;
	int rc = frame_read(line, len, &f, e);

	if (rc == 0)
		rc = on_frame(r, &f, e);
	frame_release(&f);
	return rc;
}
