#include "cli/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/exits.h"
#include "cli/interrupt.h"
#include "cli/request.h"
#include "cli/run_state.h"
#include "cli/text.h"

#define CONNECT_TIMEOUT_US (10 * US_PER_S)

/* Everything that can fail before a connection is made. */
static int check_input(struct run *r, struct err *e)
{
	size_t unfed = source_find_unfed(&r->source, r->args);
	bool from_stdin = r->args->n_sources == 0;

	for (size_t i = 0; i < r->args->n_sources; i++)
		from_stdin |= r->args->sources[i].is_file &&
		              strcmp(r->args->sources[i].text, "-") == 0;
	for (size_t i = 0; i < r->args->n_copies; i++)
		if (from_stdin && strcmp(r->args->copies[i].file, "-") == 0)
			return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
			    "standard input cannot be both SQL and COPY "
			    "data");
	if (unfed)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "statement %zu reads STDIN: give it data with "
		    "--copy-data %zu=FILE",
		    unfed, unfed);
	return 0;
}

static int check_params(const struct args *args, struct err *e)
{
	json_error_t why;
	json_t *params;
	bool good;

	if (!args->params)
		return 0;
	params = json_loads(args->params, JSON_REJECT_DUPLICATES, &why);
	good = json_is_array(params);
	json_decref(params);
	if (good)
		return 0;
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "--params: not a JSON list, such as [\"MG\", null]");
}

static int prepare(struct run *r, struct err *e)
{
	int rc = check_params(r->args, e);

	if (rc == 0)
		rc = source_load(&r->source, r->args, e);
	if (rc == 0)
		rc = check_input(r, e);
	if (rc == 0)
		rc = copy_feeds_open(&r->feeds, r->args, e);
	if (rc == 0)
		rc = trace_open(&r->trace, r->args->trace, e);
	return rc;
}

static int connect_and_ask(struct run *r, struct err *e)
{
	int rc = client_connect(&r->client, &r->args->address,
	    clock_now_us() + CONNECT_TIMEOUT_US, e);

	if (rc)
		return rc;
	request_put_batch(&r->client.out, r->args, r->batch, &r->source);
	return 0;
}

static void cancel(struct run *r)
{
	request_put_cancel(&r->client.out, r->batch, NULL, 0);
}

static void on_signal(struct run *r)
{
	int number = interrupt_take(r->wake_fd);

	if (number == 0)
		return;
	if (r->signal) {
		r->leave = true;
		return;
	}
	r->signal = number;
	cancel(r);
	run_sayf(r, "cancelling; once more to leave at once");
}

static void feed(struct run *r)
{
	struct err e;

	if (copy_feeds_pump(&r->feeds, r->batch, &r->client.out, &e) == 0)
		return;
	run_sayf(r, "%s", e.message);
	r->failed = true;
}

static bool output_is_usable(const struct run *r)
{
	return r->output.state == OUTPUT_OPEN ||
	       r->output.state == OUTPUT_INTERRUPTED;
}

static int take_lines(struct run *r, struct err *e)
{
	const char *line;
	size_t len;
	int rc = 0;

	while (rc == 0 && !r->ended && output_is_usable(r) &&
	       client_next_line(&r->client, &line, &len))
		rc = run_on_line(r, line, len, e);
	return rc;
}

/* One turn: whatever happens next on the connection, a file, a signal. */
static int step(struct run *r, struct err *e)
{
	int fd = r->client.out.len == 0 ? copy_feeds_fd(&r->feeds) : -1;
	struct err why;
	unsigned events;
	int lost = client_wait(
	    &r->client, fd, progress_due(&r->progress), &events, &why);
	int rc = take_lines(r, e);

	if (events & CLIENT_WOKEN)
		on_signal(r);
	if (rc == 0 && !r->ended && lost) {
		*e = why;
		return lost;
	}
	if (rc == 0 && (events & CLIENT_EXTRA) &&
	    copy_feeds_fd(&r->feeds) == fd)
		feed(r);
	output_flush(&r->output);
	progress_draw(&r->progress, r->n_done, r->n_answers, r->rows);
	return rc;
}

/* A closed connection alone would leave what was accepted running. */
static void abandon(struct run *r)
{
	struct err e;
	unsigned events;
	int rc;

	cancel(r);
	rc =
	    client_wait(&r->client, -1, clock_now_us() + US_PER_S, &events, &e);
	if (rc == 0 && r->output.state == OUTPUT_FAILED)
		run_sayf(r, "cannot write to standard output: %s",
		    strerror(r->output.error));
	r->failed = true;
}

/* Why it ended too early. */
static void say_failure(struct run *r, const struct err *e)
{
	struct buf text;

	if (r->client.wake_fd >= 0 && e->code == ERR_CANCELLED) {
		r->signal = interrupt_take(r->wake_fd);
		return;
	}
	buf_init(&text);
	text_put_escaped(&text, e->message, strlen(e->message), "");
	run_sayf(r, "%s", text.failed ? "out of memory" : buf_cstr(&text));
	buf_release(&text);
	if (r->accepted)
		run_sayf(r, "%zu of %zu statements had a verdict", r->n_done,
		    r->n_answers);
	/* The classes of SQLSTATE for a connection and its protocol. */
	if (strncmp(e->sqlstate, "08", 2) != 0)
		r->failed = true;
}

static void converse(struct run *r)
{
	struct err e;
	int rc = connect_and_ask(r, &e);

	while (rc == 0 && !r->ended && !r->leave && output_is_usable(r))
		rc = step(r, &e);
	if (rc)
		say_failure(r, &e);
	else if (!output_is_usable(r))
		abandon(r);
}

static void close_all(struct run *r)
{
	struct err e;

	if (trace_close(&r->trace, &e)) {
		run_sayf(r, "%s", e.message);
		r->failed = true;
	}
	progress_erase(&r->progress);
	for (size_t i = 0; i < r->n_answers; i++)
		answer_release(&r->answers[i]);
	free(r->answers);
	free(r->cells.cells);
	out_release(&r->out);
	output_release(&r->output);
	client_close(&r->client);
	copy_feeds_close(&r->feeds);
	source_release(&r->source);
	if (r->wake_fd >= 0)
		close(r->wake_fd);
}

static void erase_progress(void *ctx)
{
	struct run *r = ctx;

	if (isatty(r->output.fd))
		progress_erase(&r->progress);
}

static void init(struct run *r, const struct args *args)
{
	memset(r, 0, sizeof *r);
	r->args = args;
	r->wake_fd = -1;
	r->wall_us = r->exec_us = -1;
	r->batch = args->id ? args->id : r->own_batch;
	snprintf(
	    r->own_batch, sizeof r->own_batch, "fanout-%ld", (long)getpid());
	client_init(&r->client, -1);
}

/* Now that signals do not end the process any more. */
static void watch(struct run *r)
{
	client_init(&r->client, r->wake_fd);
	output_init(&r->output, STDOUT_FILENO, r->wake_fd);
	r->output.before_write = erase_progress;
	r->output.ctx = r;
	out_init(&r->out, r->args->format, &r->output);
	progress_init(&r->progress);
}

int run_command(const struct args *args)
{
	struct run r;
	struct err e;
	int code = EXITS_USAGE;

	init(&r, args);
	if (prepare(&r, &e) || interrupt_open(&r.wake_fd, &e)) {
		fprintf(stderr, "fanout: %s\n", e.message);
		close_all(&r);
		return EXITS_USAGE;
	}
	watch(&r);
	converse(&r);
	if (r.accepted)
		out_end(&r.out);
	run_report(&r);
	output_flush(&r.output);
	if (r.output.state == OUTPUT_BROKEN)
		code = EXITS_SIGNAL + SIGPIPE;
	else
		code = run_exit_code(&r);
	close_all(&r);
	return code;
}
