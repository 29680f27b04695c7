/*
 * What a server sends to the client: each line a frame or an error, and the
 * scanner that walks over rows held against jansson.
 */
#include <jansson.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/frames.h"
#include "tests/fuzz/fuzz.h"

#define DEPTH 400 /* within what the scanner takes */

struct line {
	const char *text;
	size_t len;
};

static void check_span(const struct line *line, const struct jspan *span)
{
	must(span->len > 0 && span->text >= line->text);
	must(span->text + span->len <= line->text + line->len);
}

static void check_text(const struct jspan *span, const json_t *value)
{
	struct buf scratch;
	const char *text;
	size_t len;

	buf_init(&scratch);
	jspan_text(span, &scratch, &text, &len);
	must(utf8_valid_prefix(text, len) == len);
	if (json_is_string(value)) {
		must(len == json_string_length(value));
		must(memcmp(text, json_string_value(value), len) == 0);
	}
	buf_release(&scratch);
}

/* ---- the scanner beside jansson ---- */

static void compare(struct jscan *s, const json_t *value, unsigned depth);

static void compare_array(struct jscan *s, const json_t *value, unsigned depth)
{
	size_t n = 0;

	must(jscan_open(s, '['));
	while (jscan_element(s))
		compare(s, json_array_get(value, n++), depth + 1);
	must(!s->bad && n == json_array_size(value));
}

static void compare_object(struct jscan *s, const json_t *value, unsigned depth)
{
	struct jspan key;
	struct buf scratch;
	const char *name;
	size_t n = 0, len;

	must(jscan_open(s, '{'));
	while (jscan_member(s, &key)) {
		char *copy;

		buf_init(&scratch);
		jspan_text(&key, &scratch, &name, &len);
		copy = fuzz_copy(name, len);
		compare(s, json_object_get(value, copy), depth + 1);
		free(copy);
		buf_release(&scratch);
		n++;
	}
	must(!s->bad && n == json_object_size(value));
}

static enum jscan_kind kind_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return JSCAN_OBJECT;
	case JSON_ARRAY:
		return JSCAN_ARRAY;
	case JSON_STRING:
		return JSCAN_STRING;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSCAN_BOOL;
	case JSON_NULL:
		return JSCAN_NULL;
	default:
		return JSCAN_NUMBER;
	}
}

static void compare(struct jscan *s, const json_t *value, unsigned depth)
{
	struct jscan inside = *s;
	struct jspan span;

	must(value && jscan_value(s, &span));
	must(span.kind == kind_of(value));
	if (depth > DEPTH)
		return;
	if (span.kind == JSCAN_ARRAY)
		compare_array(&inside, value, depth);
	else if (span.kind == JSCAN_OBJECT)
		compare_object(&inside, value, depth);
	else
		check_text(&span, value);
	must(span.kind < JSCAN_ARRAY || inside.p == s->p);
}

static unsigned depth_of(const struct line *line)
{
	unsigned depth = 0;

	/* More than it is, since brackets in strings count as well. */
	for (size_t i = 0; i < line->len; i++)
		depth += line->text[i] == '[' || line->text[i] == '{';
	return depth;
}

/* What jansson understands, the scanner does, and in the same way. */
static void check_scanner(const struct line *line)
{
	json_t *value = json_loadb(line->text, line->len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	struct jscan s;

	/* It passes over a NUL behind a number. */
	if (!value || memchr(line->text, '\0', line->len))
		goto out;
	jscan_init(&s, line->text, line->len);
	if (depth_of(line) < DEPTH) {
		compare(&s, value, 0);
		must(jscan_at_end(&s));
	}
out:
	json_decref(value);
}

/* ---- frames ---- */

static int on_row(void *ctx, const struct frame_cells *cells, struct err *e)
{
	(void)e;
	for (size_t i = 0; i < cells->n; i++) {
		check_span(ctx, &cells->cells[i]);
		check_text(&cells->cells[i], NULL);
	}
	return 0;
}

static void check_rows(struct line *line, const struct frame *f)
{
	struct frame_cells cells = {0};
	struct err e;
	int rc;

	check_span(line, &f->rows);
	rc = frame_each_row(f, &cells, on_row, line, &e);
	must(rc == 0 || (rc == ERR_INVALID && e.message[0]));
	free(cells.cells);
}

static void check_verdict(const struct frame *f)
{
	struct verdict v;

	frame_get_verdict(f, &v);
	must((unsigned)v.status < STATUS_COUNT && status_text(v.status));
	must(!v.error || json_is_object(v.error));
}

static void check_frame(struct line *line)
{
	struct frame f;
	struct err e = {0};
	int rc = frame_read(line->text, line->len, &f, &e);

	must(rc == 0 || (rc == ERR_INVALID && e.message[0]));
	if (rc == 0) {
		must(f.kind <= FRAME_OTHER && f.number <= 999999999);
		must((f.kind == FRAME_ROWS) == (f.json == NULL));
		must(frame_count_statements(&f) <= INT64_MAX);
		if (f.kind == FRAME_DONE)
			check_verdict(&f);
		if (f.rows.text)
			check_rows(line, &f);
	}
	frame_release(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = fuzz_copy(data, size), *rest = copy;

	while (size) {
		/* A line of its own, so that reading past it is seen. */
		char *at = memchr(rest, '\n', size);
		size_t len = at ? (size_t)(at - rest) : size;
		char *text = fuzz_copy(rest, len);
		struct line line = {text, len};

		check_frame(&line);
		if (utf8_valid_prefix(text, len) == len)
			check_scanner(&line);
		free(text);
		rest += len + (at ? 1 : 0);
		size -= len + (at ? 1 : 0);
	}
	free(copy);
	return 0;
}
