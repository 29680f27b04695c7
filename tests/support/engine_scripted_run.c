#include "tests/support/engine_scripted_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_A_TURN 100

static void tell_done(
    struct backend *b, enum backend_verdict verdict, const struct err *e)
{
	struct scripted_statement st = b->st;
	struct backend_error error = {.from_server = true, .severity = "ERROR"};
	struct backend_done done = {.verdict = verdict, .count = -1};

	if (e) {
		error.sqlstate = e->sqlstate;
		error.message = e->message;
		done.error = &error;
		if (b->tx == BACKEND_TX_OPEN)
			b->tx = BACKEND_TX_FAILED;
	} else {
		done.tag = st.tag;
		done.count = st.count;
	}
	memset(&b->st, 0, sizeof b->st);
	b->paused = false;
	b->engine->stats.running--;
	st.sink->on_done(st.ctx, &done);
	free(st.script);
}

static void finish(
    struct backend *b, enum backend_verdict verdict, const struct err *e)
{
	int ms = b->st.settle_ms;

	/* Noted in the phase, since the statement is gone by then. */
	b->phase = b->st.settle_lost ? LOST : SETTLING;
	tell_done(b, verdict, e);
	if (b->phase == LOST)
		scripted_lose(b);
	else if (b->phase == SETTLING && ms > 0)
		scripted_later(b, ms);
	else if (b->phase == SETTLING)
		scripted_become_ready(b);
}

static void lose_running(struct backend *b)
{
	struct err e;

	err_set(&e, ERR_IO, SQLSTATE_CONNECTION, "the script lost it");
	b->phase = LOST;
	tell_done(b, BACKEND_UNKNOWN, &e);
	if (b->phase == LOST)
		scripted_lose(b);
}

static void finish_cancelled(struct backend *b, const char *why)
{
	struct err e;

	err_set(&e, ERR_CANCELLED, SQLSTATE_CANCELED, "%s", why);
	finish(b, BACKEND_CANCELLED, &e);
}

static void tell_columns(struct backend *b, const char *names)
{
	struct backend_column columns[SCRIPTED_MAX_COLUMNS];
	struct scripted_statement *st = &b->st;

	st->n_columns = 0;
	st->count = 0;
	while (*names && st->n_columns < SCRIPTED_MAX_COLUMNS) {
		size_t len = strcspn(names, " ");
		unsigned i = st->n_columns++;

		snprintf(
		    st->names[i], sizeof st->names[i], "%.*s", (int)len, names);
		columns[i] = (struct backend_column){
		    .name = st->names[i], .type = "text", .oid = 25};
		names += len;
		names += strspn(names, " ");
	}
	st->sink->on_columns(st->ctx, columns, st->n_columns);
}

static void tell_row(struct backend *b)
{
	struct backend_value values[SCRIPTED_MAX_COLUMNS];
	struct scripted_statement *st = &b->st;
	char texts[SCRIPTED_MAX_COLUMNS][32];
	unsigned i;

	for (i = 0; i < st->n_columns; i++) {
		snprintf(texts[i], sizeof texts[i], "%ld.%u", st->row, i);
		values[i] = (struct backend_value){
		    texts[i], strlen(texts[i]), VALUE_TEXT};
	}
	st->rows_left--;
	st->row++;
	st->count++;
	if (!st->want_rows)
		return;
	st->unflushed = true;
	st->sink->on_row(st->ctx, values, st->n_columns);
}

static void tell_copy_line(struct backend *b)
{
	b->st.copy_left--;
	b->st.count++;
	if (!b->st.want_rows)
		return;
	b->st.unflushed = true;
	b->st.sink->on_copy_out(b->st.ctx, "0\n", 2);
}

/* As many as a turn may have, then a flush. */
static void stream(struct backend *b)
{
	int n;

	for (n = 0; n < ROWS_A_TURN; n++) {
		if (b->phase != RUNNING || b->paused)
			return;
		if (b->st.rows_left > 0)
			tell_row(b);
		else if (b->st.copy_left > 0)
			tell_copy_line(b);
		else
			break;
	}
	if (b->phase != RUNNING || b->paused)
		return;
	if (b->st.unflushed) {
		b->st.unflushed = false;
		b->st.sink->on_flush(b->st.ctx);
	}
	if (b->phase == RUNNING && !b->paused)
		scripted_later(b, 0);
}

static void take_copy(struct backend *b)
{
	if (b->st.copy_ended && *b->st.copy_reason) {
		finish_cancelled(b, b->st.copy_reason);
	} else if (b->st.copy_ended) {
		b->st.copying = false;
		scripted_later(b, 0);
	} else if (b->st.copy_wanted) {
		b->st.copy_wanted = false;
		b->st.sink->on_copy_in(b->st.ctx);
	}
}

/* What a step does to the connection's state; false: not such a step. */
static bool state_step(struct backend *b, const char *step)
{
	const char *rest;

	if (scripted_said(step, "begin"))
		b->tx = BACKEND_TX_OPEN;
	else if (scripted_said(step, "commit") ||
	         scripted_said(step, "rollback"))
		b->tx = BACKEND_TX_NONE;
	else if (scripted_said(step, "touch"))
		b->touched = true;
	else if (scripted_said(step, "touched"))
		b->st.count = b->touched;
	else if (scripted_said(step, "deaf"))
		b->st.deaf = true;
	else if (scripted_said(step, "settle_lost"))
		b->st.settle_lost = true;
	else if ((rest = scripted_said(step, "settle")))
		b->st.settle_ms = atoi(rest);
	else
		return false;
	return true;
}

static void set_tag(struct scripted_statement *st, const char *rest)
{
	char *text;

	st->count = strtol(rest, &text, 10);
	snprintf(st->tag, sizeof st->tag, "%s", text + (*text == ' '));
}

/* What a step tells; false: not such a step. */
static bool telling_step(struct backend *b, const char *step)
{
	struct scripted_statement *st = &b->st;
	const char *rest;

	if ((rest = scripted_said(step, "columns")))
		tell_columns(b, rest);
	else if ((rest = scripted_said(step, "rows")))
		st->rows_left = atol(rest);
	else if ((rest = scripted_said(step, "notice")))
		st->sink->on_notice(st->ctx, "NOTICE", rest);
	else if ((rest = scripted_said(step, "tag")))
		set_tag(st, rest);
	else if ((rest = scripted_said(step, "copy_out"))) {
		st->copy_left = atol(rest);
		st->count = 0;
	} else if (scripted_said(step, "copy_in")) {
		st->copying = st->copy_wanted = true;
		st->count = 0;
	} else {
		return false;
	}
	return true;
}

static void run_step(struct backend *b, const char *step)
{
	const char *rest;
	struct err e;

	if ((rest = scripted_said(step, "error"))) {
		scripted_read_error(rest, &e);
		finish(b, BACKEND_ERROR, &e);
	} else if (scripted_said(step, "lose")) {
		lose_running(b);
	} else if (scripted_said(step, "hang")) {
		b->st.hangs = true;
	} else if ((rest = scripted_said(step, "wait"))) {
		scripted_later(b, atoi(rest));
	} else {
		if (!state_step(b, step) && !telling_step(b, step))
			scripted_unknown_step(step);
		if (b->phase == RUNNING)
			scripted_later(b, 0);
	}
}

void scripted_run_more(struct backend *b)
{
	char step[SCRIPTED_STEP_SIZE];

	if (b->st.cancelled && !b->st.deaf)
		finish_cancelled(b, "cancelled, as asked");
	else if (b->paused || b->st.hangs)
		return;
	else if (b->st.rows_left > 0 || b->st.copy_left > 0 || b->st.unflushed)
		stream(b);
	else if (b->st.copying)
		take_copy(b);
	else if (scripted_next_step(&b->st.at, step))
		run_step(b, step);
	else
		finish(b, BACKEND_OK, NULL);
}
