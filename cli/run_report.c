#include "cli/run_state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/exits.h"
#include "cli/text.h"
#include "cli/waterfall.h"

static int64_t sum_exec(const struct run *r)
{
	int64_t sum = 0;

	if (r->exec_us >= 0)
		return r->exec_us;
	for (size_t i = 0; i < r->n_answers; i++)
		if (r->answers[i].exec_us > 0)
			sum += r->answers[i].exec_us;
	return sum;
}

static int64_t sum_rows(const struct run *r)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->n_answers; i++)
		if (r->answers[i].status == STATUS_OK &&
		    r->answers[i].count > 0)
			sum += r->answers[i].count;
	return sum;
}

static void put_time(struct buf *out, const char *what, int64_t us)
{
	char time[TEXT_DURATION_SIZE];

	text_format_duration(us, time);
	buf_appendf(out, ", %s %s", what, time);
}

/* ", transaction rolled back" */
static void put_transaction(struct buf *out, const char *fate)
{
	buf_append_str(out, ", transaction ");
	if (strcmp(fate, "rolled_back") == 0)
		buf_append_str(out, "rolled back");
	else
		text_put_escaped(out, fate, strlen(fate), "");
}

/* "3 statements, 11,095,000 rows, wall 1.2 s, sum 3.4 s, 2.8×" */
static void put_closing_line(struct buf *out, const struct run *r)
{
	static const char *const words[STATUS_COUNT] = {
	    [STATUS_ERROR] = "failed",
	    [STATUS_SKIPPED] = "skipped",
	    [STATUS_NOT_SENT] = "not sent",
	    [STATUS_CANCELLED] = "cancelled",
	    [STATUS_UNKNOWN] = "unknown",
	};

	text_put_quantity(out, (int64_t)r->n_answers, "statement");
	buf_append_str(out, ", ");
	text_put_quantity(out, sum_rows(r), "row");
	if (r->wall_us >= 0)
		put_time(out, "wall", r->wall_us);
	if (r->wall_us > 0 && r->n_answers > 1) {
		put_time(out, "sum", sum_exec(r));
		buf_appendf(
		    out, ", %.1f×", (double)sum_exec(r) / (double)r->wall_us);
	}
	for (int s = STATUS_OK + 1; s < STATUS_COUNT; s++)
		if (r->by_status[s] > 0)
			buf_appendf(out, ", %zu %s", r->by_status[s], words[s]);
	if (*r->transaction)
		put_transaction(out, r->transaction);
	buf_append_char(out, '\n');
}

/* Standard output is for data where a program reads it. */
static bool to_stderr(const struct run *r)
{
	return r->out.ops->machine || r->out.copied;
}

void run_report(struct run *r)
{
	struct buf text;
	size_t width =
	    to_stderr(r) ? text_terminal_width(STDERR_FILENO) : r->out.width;

	if (!r->accepted || !r->ended)
		return;
	buf_init(&text);
	if (r->args->waterfall)
		waterfall_put(
		    &text, r->answers, r->n_answers, r->wall_us, width);
	if (!r->args->no_summary)
		put_closing_line(&text, r);
	if (to_stderr(r))
		run_say(r, &text);
	else
		output_take(&r->output, &text);
	buf_release(&text);
}

bool run_has_winner(const struct run *r)
{
	return r->args->until && strcmp(r->args->until, "first") == 0 &&
	       r->by_status[STATUS_OK] > 0;
}

int run_exit_code(const struct run *r)
{
	if (r->signal)
		return EXITS_SIGNAL + r->signal;
	if (r->failed)
		return EXITS_USAGE;
	if (!r->ended)
		return EXITS_LOST;
	if (r->refused)
		return EXITS_FAILED;
	if (run_has_winner(r))
		return EXITS_OK;
	if (r->bad || r->n_done < r->n_answers ||
	    strcmp(r->transaction, "unknown") == 0)
		return EXITS_FAILED;
	if (r->late)
		return EXITS_TIMEOUT;
	return r->by_status[STATUS_SKIPPED] > 0 ? EXITS_FAILED : EXITS_OK;
}
