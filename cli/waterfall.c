#include "cli/waterfall.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"

#define NARROWEST 10 /* of the bars */
#define TICK_DISTANCE 10 /* columns from one label to the next, at least */
#define FINEST_TICK 100 /* us; labels have no more digits */
#define TIME_WIDTH 11
#define CONN_WIDTH 4

/* One statement's times from the batch's start, in microseconds. */
struct bar {
	const struct answer *answer;
	int64_t queue, exec, end; /* queue <= exec <= end */
};

struct chart {
	struct buf *out;
	struct bar *bars;
	size_t n;
	size_t id_width, conn_width, columns; /* columns: of the bars */
	int64_t span; /* us that they show */
};

static int64_t at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

static void bar_set(struct bar *b, const struct answer *a)
{
	b->answer = a;
	b->end = at_least_0(a->total_us);
	b->exec = at_least_0(b->end - at_least_0(a->exec_us));
	b->queue = at_least_0(b->exec - at_least_0(a->queue_us));
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_start(const void *x, const void *y)
{
	const struct bar *a = x, *b = y;
	int order = compare(a->exec, b->exec);

	return order ? order
	             : compare((int64_t)a->answer->number,
	                   (int64_t)b->answer->number);
}

static int by_conn(const void *x, const void *y)
{
	const struct bar *a = x, *b = y;
	int order = compare(a->answer->conn, b->answer->conn);

	return order ? order : by_start(x, y);
}

static size_t digits(int64_t n)
{
	char text[24];

	return (size_t)snprintf(text, sizeof text, "%" PRId64, n);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void measure(struct chart *c, int64_t wall_us)
{
	int64_t most_conn = 0, most_id = 0;

	c->span = wall_us;
	for (size_t i = 0; i < c->n; i++) {
		const struct bar *b = &c->bars[i];

		if (b->end > c->span)
			c->span = b->end;
		if (b->answer->conn > most_conn)
			most_conn = b->answer->conn;
		if ((int64_t)b->answer->number > most_id)
			most_id = (int64_t)b->answer->number;
	}
	if (c->span < 1)
		c->span = 1;
	c->id_width = larger(2, digits(most_id));
	c->conn_width = larger(CONN_WIDTH, digits(most_conn));
}

/* Columns for the bars between what stands left and right of them. */
static void set_columns(
    struct chart *c, size_t width, size_t left, size_t right)
{
	size_t used = left + right;

	c->columns = width > used + NARROWEST ? width - used : NARROWEST;
}

/* Without overflow, for times of any length. */
static int64_t scale(const struct chart *c, int64_t us, size_t units)
{
	return (int64_t)((double)us / (double)c->span * (double)units);
}

/* The first of 1, 2, 5, 10, 20, … (times FINEST_TICK) that leaves room. */
static int64_t choose_step(const struct chart *c)
{
	static const int64_t factors[] = {1, 2, 5};
	int64_t power = FINEST_TICK;

	for (;; power *= 10) {
		for (size_t i = 0; i < ARRAY_LEN(factors); i++)
			if (power > c->span || scale(c, power * factors[i],
			                           c->columns) >= TICK_DISTANCE)
				return power * factors[i];
	}
}

/* "0        200 ms    400 ms" above the bars, exactly as wide as they. */
static void put_axis(struct chart *c)
{
	int64_t step = choose_step(c);
	char label[TEXT_DURATION_SIZE] = "0";
	size_t at = 0;

	for (int64_t tick = 0; tick <= c->span; tick += step) {
		size_t column = (size_t)scale(c, tick, c->columns);
		size_t width;

		if (tick > 0)
			text_format_duration(tick, label);
		width = strlen(label);
		if (column < at || column + width > c->columns)
			break;
		text_put_blanks(c->out, column - at);
		buf_append_str(c->out, label);
		at = column + width;
	}
	text_put_blanks(c->out, c->columns - at);
}

static int64_t overlap(int64_t a, int64_t b, int64_t cell)
{
	int64_t from = a > cell * 8 ? a : cell * 8;
	int64_t to = b < cell * 8 + 8 ? b : cell * 8 + 8;

	return to > from ? to - from : 0;
}

/* One cell of a bar; QUEUE, EXEC and END in eighths of a cell. */
static const char *draw_cell(
    int64_t cell, int64_t queue, int64_t exec, int64_t end)
{
	static const char *const left[] = {
	    " ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
	int64_t ran = overlap(exec, end, cell);
	int64_t waited = overlap(queue, exec, cell);

	if (ran == 0)
		return waited >= 4 ? "░" : " ";
	if (ran == 8 || exec <= cell * 8 || end < cell * 8 + 8)
		return left[ran];
	/* It begins within this cell and, most often, goes on in the next. */
	if (waited > 0 && end > cell * 8 + 8)
		return ran >= 4 ? "█" : "░";
	return ran >= 4 ? "▐" : "▕";
}

static void put_bar(struct chart *c, const struct bar *b)
{
	size_t units = c->columns * 8;
	int64_t queue = scale(c, b->queue, units);
	int64_t exec = scale(c, b->exec, units);
	int64_t end = scale(c, b->end, units);

	/* What ran is seen, however short it was. */
	if (b->answer->conn >= 0 && end == exec) {
		exec -= exec == (int64_t)units;
		end = exec + 1;
	}
	for (size_t i = 0; i < c->columns; i++)
		buf_append_str(c->out, draw_cell((int64_t)i, queue, exec, end));
}

/* "575,400 rows", or how else it ended. */
static void put_outcome(struct buf *out, const struct answer *a)
{
	if (a->status != STATUS_OK)
		buf_append_str(out, status_text(a->status));
	else if (a->count >= 0)
		text_put_quantity(out, a->count, "row");
}

static size_t widest_outcome(const struct chart *c)
{
	size_t widest = 0;
	struct buf text;

	buf_init(&text);
	for (size_t i = 0; i < c->n; i++) {
		buf_clear(&text);
		put_outcome(&text, c->bars[i].answer);
		widest = larger(widest, text.len);
	}
	buf_release(&text);
	return widest;
}

static void put_statement(struct chart *c, const struct bar *b)
{
	const struct answer *a = b->answer;
	char time[TEXT_DURATION_SIZE] = "";

	buf_appendf(c->out, "%*zu  ", (int)c->id_width, a->number);
	if (a->conn >= 0)
		buf_appendf(
		    c->out, "%*" PRId64 "  ", (int)c->conn_width, a->conn);
	else
		buf_appendf(c->out, "%*s  ", (int)c->conn_width, "-");
	put_bar(c, b);
	if (a->conn >= 0 && a->exec_us >= 0)
		text_format_duration(a->exec_us, time);
	buf_appendf(c->out, "%*s  ", TIME_WIDTH, time);
	put_outcome(c->out, a);
	buf_append_char(c->out, '\n');
}

static void put_statements(struct chart *c, size_t width)
{
	qsort(c->bars, c->n, sizeof *c->bars, by_start);
	set_columns(c, width, c->id_width + c->conn_width + 4,
	    TIME_WIDTH + 2 + widest_outcome(c));
	buf_appendf(c->out, "%*s  %*s  ", (int)c->id_width, "id",
	    (int)c->conn_width, "conn");
	put_axis(c);
	buf_appendf(c->out, "%*s\n", TIME_WIDTH, "ran");
	for (size_t i = 0; i < c->n; i++)
		put_statement(c, &c->bars[i]);
}

/* Adds the part of each cell that B ran. */
static void add_load(const struct chart *c, const struct bar *b, double *load)
{
	double cell = (double)c->span / (double)c->columns;
	size_t i = (size_t)scale(c, b->exec, c->columns);

	for (; i < c->columns; i++) {
		double from = cell * (double)i, to = from + cell;

		if (from < (double)b->exec)
			from = (double)b->exec;
		if (to > (double)b->end)
			to = (double)b->end;
		if (to <= from)
			break;
		load[i] += (to - from) / cell;
	}
}

/* A load from 0 to 1 as a block of that height. */
static const char *draw_load(double load)
{
	static const char *const height[] = {
	    " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	int eighths = (int)(load * 8 + 0.5);

	if (load > 0 && eighths == 0)
		eighths = 1;
	return height[eighths < 8 ? eighths : 8];
}

/* BARS[0..n) ran on one connection. */
static void put_connection(
    struct chart *c, const struct bar *bars, size_t n, double *load)
{
	int64_t busy = 0;

	memset(load, 0, c->columns * sizeof *load);
	for (size_t i = 0; i < n; i++) {
		add_load(c, &bars[i], load);
		busy += bars[i].end - bars[i].exec;
	}
	buf_appendf(
	    c->out, "%*" PRId64 "  ", (int)c->conn_width, bars->answer->conn);
	for (size_t i = 0; i < c->columns; i++)
		buf_append_str(c->out, draw_load(load[i]));
	buf_appendf(c->out, "%5.0f %%  ", 100 * (double)busy / (double)c->span);
	text_put_quantity(c->out, (int64_t)n, "statement");
	buf_append_char(c->out, '\n');
}

static void put_connections(struct chart *c, size_t width)
{
	double *load;
	size_t i = 0, first;

	set_columns(c, width, c->conn_width + 2,
	    strlen("  100 %  ") + strlen("100,000 statements"));
	load = calloc(c->columns, sizeof *load);
	if (!load) {
		c->out->failed = true;
		return;
	}
	qsort(c->bars, c->n, sizeof *c->bars, by_conn);
	buf_appendf(c->out, "%*s  ", (int)c->conn_width, "conn");
	put_axis(c);
	buf_append_str(c->out, "   busy\n");
	while (i < c->n && c->bars[i].answer->conn < 0)
		i++;
	if (i > 0) {
		text_put_quantity(c->out, (int64_t)i, "statement");
		buf_append_str(c->out, " never ran\n");
	}
	for (first = i; i < c->n; i++) {
		if (i + 1 < c->n &&
		    c->bars[i + 1].answer->conn == c->bars[first].answer->conn)
			continue;
		put_connection(c, c->bars + first, i + 1 - first, load);
		first = i + 1;
	}
	free(load);
}

void waterfall_put(struct buf *out, const struct answer *answers, size_t n,
    int64_t wall_us, size_t width)
{
	struct chart c = {.out = out};

	c.bars = calloc(n ? n : 1, sizeof *c.bars);
	if (!c.bars) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (answers[i].has_verdict)
			bar_set(&c.bars[c.n++], &answers[i]);
	measure(&c, wall_us);
	if (c.n > 0 && c.n <= WATERFALL_MOST_ROWS)
		put_statements(&c, width);
	else if (c.n > 0)
		put_connections(&c, width);
	free(c.bars);
}
