#include "cli/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/errors.h"
#include "cli/exchange.h"
#include "cli/exits.h"
#include "cli/frames.h"
#include "cli/hello.h"
#include "cli/out.h"
#include "cli/request.h"
#include "cli/text.h"

#define PING_TIMEOUT_US (3 * US_PER_S)
#define ANSWER_TIMEOUT_US (30 * US_PER_S)

static int say(const struct err *e)
{
	struct buf text;

	buf_init(&text);
	text_put_escaped(&text, e->message, strlen(e->message), "");
	if (!text.failed)
		fprintf(stderr, "fanout: %.*s\n", (int)text.len, text.data);
	buf_release(&text);
	if (e->code == ERR_NOMEM)
		return EXITS_USAGE;
	/* Late while connecting is as good as no connection. */
	if (strcmp(e->sqlstate, SQLSTATE_CANCELED) == 0)
		return EXITS_TIMEOUT;
	return EXITS_LOST;
}

static int say_refusal(const struct frame *f)
{
	const struct errors_context c = {
	    .width = text_terminal_width(STDERR_FILENO)};
	struct buf text;

	buf_init(&text);
	errors_put(&text, &c, json_object_get(f->json, "error"));
	if (!text.failed)
		fwrite(text.data, 1, text.len, stderr);
	buf_release(&text);
	return EXITS_FAILED;
}

/* Standard output is lost: said, unless its reader just went away. */
static int finish_output(struct output *o)
{
	output_flush(o);
	if (o->state == OUTPUT_FAILED)
		fprintf(stderr, "fanout: cannot write to standard output: %s\n",
		    strerror(o->error));
	return o->state == OUTPUT_OPEN ? EXITS_OK : EXITS_USAGE;
}

struct table_target {
	struct out *out;
	struct answer *answer;
};

static int on_row(void *ctx, const struct frame_cells *cells, struct err *e)
{
	struct table_target *t = ctx;
	int rc = out_row(t->out, t->answer, cells, e);

	t->answer->rows++;
	return rc;
}

static int put_table(struct out *o, const struct frame *f, struct err *e)
{
	const struct verdict done = {.status = STATUS_OK, .count = -1};
	struct frame_cells cells = {NULL, 0, 0};
	struct answer a;
	struct table_target target = {o, &a};
	int rc;

	answer_init(&a, 1);
	out_begin(o, 1, true, NULL);
	o->bare = true;
	rc = answer_set_columns(&a, json_object_get(f->json, "columns"), e);
	if (rc == 0)
		rc = out_columns(o, &a, e);
	if (rc == 0)
		rc = frame_each_row(f, &cells, on_row, &target, e);
	if (rc == 0)
		rc = out_done(o, &a, &done, e);
	out_end(o);
	answer_release(&a);
	free(cells.cells);
	return rc;
}

static int print_table(const struct args *args, const struct frame *f)
{
	struct output output;
	struct out out;
	struct err e;
	int code;

	output_init(&output, STDOUT_FILENO, -1);
	out_init(&out, args->format, &output);
	code = put_table(&out, f, &e) ? say(&e) : EXITS_OK;
	if (code == EXITS_OK)
		code = finish_output(&output);
	out_release(&out);
	output_release(&output);
	return code;
}

/*
 * The whole of an exchange: sends REQUEST (which is released), waits for
 * KIND, has SHOW print it.
 */
static int ask(const struct args *args, struct buf *request,
    enum frame_kind kind,
    int (*show)(const struct args *args, const struct frame *f))
{
	struct exchange x;
	struct err e;
	int rc = exchange_open(&x, args, ANSWER_TIMEOUT_US, &e);
	int code;

	if (rc == 0 && request->failed)
		rc = err_nomem(&e);
	if (rc == 0) {
		buf_append(&x.client.out, request->data, request->len);
		rc = exchange_wait(&x, kind, &e);
	}
	if (rc)
		code = say(&e);
	else if (x.frame.kind == FRAME_ERROR)
		code = say_refusal(&x.frame);
	else
		code = show(args, &x.frame);
	exchange_close(&x);
	buf_release(request);
	return code;
}

int admin_show(const struct args *args)
{
	struct buf request;

	buf_init(&request);
	request_put_show(&request, args->words[0]);
	return ask(args, &request, FRAME_TABLE, print_table);
}

/* Reached, but no good answer, is another code than not reached. */
int admin_ping(const struct args *args)
{
	char time[TEXT_DURATION_SIZE];
	struct exchange x;
	struct err e;
	int code = EXITS_OK;

	if (exchange_open(&x, args, PING_TIMEOUT_US, &e)) {
		say(&e);
		exchange_close(&x);
		return EXITS_LOST;
	}
	request_put_plain(&x.client.out, "ping");
	if (exchange_wait(&x, FRAME_PONG, &e)) {
		say(&e);
		code = EXITS_USAGE;
	} else if (x.frame.kind == FRAME_ERROR) {
		say_refusal(&x.frame);
		code = EXITS_USAGE;
	} else {
		text_format_duration(clock_now_us() - x.start, time);
		printf("%s: pong after %s\n", x.address->text, time);
	}
	exchange_close(&x);
	return code;
}

static void print_shown(const char *s)
{
	struct buf text;

	buf_init(&text);
	text_put_escaped(&text, s, strlen(s), "");
	if (!text.failed)
		fwrite(text.data, 1, text.len, stdout);
	buf_release(&text);
}

static int print_cancelling(const struct args *args, const struct frame *f)
{
	size_t n = frame_count_statements(f);

	(void)args;
	printf("cancelling %zu statement%s of batch ", n, n == 1 ? "" : "s");
	print_shown(args->words[0]);
	putchar('\n');
	return EXITS_OK;
}

int admin_cancel(const struct args *args)
{
	struct buf request;

	buf_init(&request);
	request_put_cancel(
	    &request, args->words[0], args->words[1], args->client);
	return ask(args, &request, FRAME_CANCELLING, print_cancelling);
}

static int print_changes(const struct args *args, const struct frame *f)
{
	const json_t *changes = json_object_get(f->json, "changes");
	size_t n = json_array_size(changes);

	(void)args;
	if (n == 0)
		printf("reloaded, nothing changed\n");
	for (size_t i = 0; i < n; i++) {
		const char *line =
		    json_string_value(json_array_get(changes, i));

		if (line) {
			print_shown(line);
			putchar('\n');
		}
	}
	return EXITS_OK;
}

int admin_reload(const struct args *args)
{
	struct buf request;

	buf_init(&request);
	request_put_plain(&request, "reload");
	return ask(args, &request, FRAME_RELOADED, print_changes);
}

/* "paused: brazil, other" */
static int print_databases(const struct args *args, const struct frame *f)
{
	const json_t *names = json_object_get(f->json, "databases");
	const char *name;

	(void)args;
	printf("%s:", json_string_value(json_object_get(f->json, "type")));
	for (size_t i = 0; i < json_array_size(names); i++) {
		name = json_string_value(json_array_get(names, i));
		fputs(i ? ", " : " ", stdout);
		print_shown(name ? name : "?");
	}
	putchar('\n');
	return EXITS_OK;
}

static int ask_of_databases(
    const struct args *args, const char *type, enum frame_kind answer)
{
	struct buf request;

	buf_init(&request);
	request_put_of_database(&request, type, args->words[0]);
	return ask(args, &request, answer, print_databases);
}

int admin_pause(const struct args *args)
{
	return ask_of_databases(args, "pause", FRAME_PAUSED);
}

int admin_resume(const struct args *args)
{
	return ask_of_databases(args, "resume", FRAME_RESUMED);
}

int admin_reconnect(const struct args *args)
{
	return ask_of_databases(args, "reconnect", FRAME_RECONNECTING);
}

static int print_hello(const struct args *args, const struct frame *f)
{
	struct buf line;
	struct frame table;
	struct err e;
	int code;

	buf_init(&line);
	if (hello_as_table(f, &line, &table, &e)) {
		code = say(&e);
	} else {
		code = print_table(args, &table);
		frame_release(&table);
	}
	buf_release(&line);
	return code;
}

int admin_hello(const struct args *args)
{
	struct buf request;

	buf_init(&request);
	request_put_plain(&request, "hello");
	return ask(args, &request, FRAME_HELLO, print_hello);
}
