#include "cli/errors.h"

#include <string.h>

#include "cli/frames.h"
#include "cli/text.h"

#define MARGIN 3 /* of "..." */
#define NARROWEST 20

static void put_shown(struct buf *out, const char *s)
{
	text_put_escaped(out, s, strlen(s), "\n");
}

/* A piece of SQL on one line, where a tab is as wide as it looks. */
static void put_code(struct buf *out, const char *s, size_t len)
{
	size_t start = out->len;

	text_put_escaped(out, s, len, "\t");
	if (out->failed || out->len == start)
		return;
	for (char *p = out->data + start; p < out->data + out->len; p++)
		if (*p == '\t')
			*p = ' ';
}

/* Cuts TEXT's beginning so that at most WIDTH columns of it are left. */
static size_t skip_to_fit(const struct buf *text, size_t width)
{
	size_t all = text_width(text->data, text->len);
	size_t i = 0;

	if (all <= width)
		return 0;
	i = text_fit(text->data, text->len, all - width);
	/* A wide character in the way would make it one too many. */
	while (
	    i < text->len && text_width(text->data + i, text->len - i) > width)
		i += text_fit(text->data + i, text->len - i, 2);
	return i;
}

/*
 * The line in ROOM columns, its ends replaced by "..." where it is longer;
 * returns the column of the place in what was written.
 */
static size_t put_excerpt(struct buf *out, const struct buf *left,
    const struct buf *right, size_t room)
{
	size_t before = text_width(left->data, left->len);
	size_t after = text_width(right->data, right->len);
	size_t skip, column;

	if (before + after <= room) {
		buf_append(out, left->data, left->len);
		buf_append(out, right->data, right->len);
		return before;
	}
	/* The place stands at two thirds, or further where the end is near. */
	column = room * 2 / 3;
	if (after < room - column)
		column = room - after;
	if (before <= column) {
		buf_append(out, left->data, left->len);
		column = before;
	} else {
		skip = skip_to_fit(left, column - MARGIN);
		buf_append_str(out, "...");
		buf_append(out, left->data + skip, left->len - skip);
		column =
		    MARGIN + text_width(left->data + skip, left->len - skip);
	}
	if (after <= room - column) {
		buf_append(out, right->data, right->len);
	} else {
		buf_append(out, right->data,
		    text_fit(right->data, right->len, room - column - MARGIN));
		buf_append_str(out, "...");
	}
	return column;
}

/* "LINE 3: SELECT * FORM x" and below it the "^". */
static void put_line(
    struct buf *out, const struct source_place *place, size_t width)
{
	struct buf left, right;
	size_t start = out->len, prefix, column;

	buf_init(&left);
	buf_init(&right);
	put_code(&left, place->text, place->column);
	put_code(
	    &right, place->text + place->column, place->len - place->column);
	buf_appendf(out, "LINE %zu: ", place->line);
	prefix = out->len - start;
	column = put_excerpt(out, &left, &right,
	    width > prefix + NARROWEST ? width - prefix - 1 : NARROWEST);
	buf_append_char(out, '\n');
	text_put_blanks(out, prefix + column);
	buf_append_str(out, "^\n");
	if (left.failed || right.failed)
		out->failed = true;
	buf_release(&left);
	buf_release(&right);
}

static void put_field(
    struct buf *out, const json_t *error, const char *name, const char *title)
{
	const char *value = frame_string(error, name);

	if (!value || !*value)
		return;
	buf_appendf(out, "%s:  ", title);
	put_shown(out, value);
	buf_append_char(out, '\n');
}

/* "2: " and "report.sql:7: " */
static void put_whose(struct buf *out, const struct errors_context *c,
    const struct source_place *place)
{
	if (c->many && c->number > 0)
		buf_appendf(out, "%zu: ", c->number);
	if (place && place->file) {
		put_shown(out, place->file);
		buf_appendf(out, ":%zu: ", place->line);
	}
}

static void put_message(
    struct buf *out, const char *severity, const char *message)
{
	put_shown(out, severity);
	buf_append_str(out, ":  ");
	put_shown(out, message);
	buf_append_char(out, '\n');
}

void errors_put(
    struct buf *out, const struct errors_context *c, const json_t *error)
{
	const char *severity = frame_string(error, "severity");
	const char *message = frame_string(error, "message");
	struct source_place place;
	bool placed = c->source && source_find(c->source, c->number,
	                               frame_int(error, "position", 0), &place);

	put_whose(out, c, placed ? &place : NULL);
	put_message(out, severity ? severity : "ERROR",
	    message ? message : "the server gave no reason");
	if (placed)
		put_line(out, &place, c->width);
	put_field(out, error, "detail", "DETAIL");
	put_field(out, error, "hint", "HINT");
	put_field(out, error, "internal_query", "QUERY");
	put_field(out, error, "where", "CONTEXT");
}

void errors_put_notice(struct buf *out, const struct errors_context *c,
    const char *severity, const char *message)
{
	put_whose(out, c, NULL);
	put_message(
	    out, severity ? severity : "NOTICE", message ? message : "");
}
