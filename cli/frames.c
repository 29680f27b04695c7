#include "cli/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static const char *const kinds[] = {
    [FRAME_ACCEPTED] = "accepted",
    [FRAME_REJECTED] = "rejected",
    [FRAME_STARTED] = "started",
    [FRAME_COLUMNS] = "columns",
    [FRAME_ROWS] = "rows",
    [FRAME_COPY] = "copy",
    [FRAME_NOTICE] = "notice",
    [FRAME_DONE] = "done",
    [FRAME_END] = "end",
    [FRAME_ERROR] = "error",
    [FRAME_TABLE] = "table",
    [FRAME_HELLO] = "hello",
    [FRAME_PONG] = "pong",
    [FRAME_CANCELLING] = "cancelling",
    [FRAME_RELOADED] = "reloaded",
    [FRAME_PAUSED] = "paused",
    [FRAME_RESUMED] = "resumed",
    [FRAME_RECONNECTING] = "reconnecting",
};

static const char *const statuses[STATUS_COUNT] = {
    [STATUS_OK] = "ok",
    [STATUS_ERROR] = "error",
    [STATUS_SKIPPED] = "skipped",
    [STATUS_NOT_SENT] = "not_sent",
    [STATUS_CANCELLED] = "cancelled",
    [STATUS_UNKNOWN] = "unknown",
};

const char *status_text(enum status status)
{
	return statuses[status];
}

static int not_understood(struct err *e, const char *why)
{
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "this server does not speak Fanout's protocol: %s", why);
}

/* An id in quotes as a number from 1, else 0. */
static size_t read_number(const char *s, size_t len)
{
	size_t n = 0;

	if (len == 0 || len > 9)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		n = n * 10 + (size_t)(s[i] - '0');
	}
	return n;
}

/* Finds type, id and rows without building anything. */
static bool scan_frame(
    const char *line, size_t len, struct frame *f, struct jspan *type)
{
	struct jscan s;
	struct jspan key, value;

	jscan_init(&s, line, len);
	jscan_open(&s, '{');
	while (jscan_member(&s, &key) && jscan_value(&s, &value)) {
		if (jspan_is(&key, "type"))
			*type = value;
		else if (jspan_is(&key, "rows"))
			f->rows = value;
		else if (jspan_is(&key, "id") && value.len > 2)
			f->number = read_number(value.text + 1, value.len - 2);
	}
	return jscan_at_end(&s) && type->text;
}

static enum frame_kind find_kind(const struct jspan *type)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (jspan_is(type, kinds[i]))
			return (enum frame_kind)i;
	return FRAME_OTHER;
}

static int load_json(
    const char *line, size_t len, struct frame *f, struct err *e)
{
	json_error_t why;

	f->json = json_loadb(
	    line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
	if (f->json)
		return 0;
	if (json_error_code(&why) == json_error_out_of_memory)
		return err_nomem(e);
	return not_understood(e, why.text);
}

int frame_read(const char *line, size_t len, struct frame *f, struct err *e)
{
	struct jspan type = {.text = NULL};

	memset(f, 0, sizeof *f);
	if (utf8_valid_prefix(line, len) != len)
		return not_understood(e, "a line is not UTF-8");
	if (!scan_frame(line, len, f, &type))
		return not_understood(e, "a line is not a JSON frame");
	f->kind = find_kind(&type);
	return f->kind == FRAME_ROWS ? 0 : load_json(line, len, f, e);
}

void frame_release(struct frame *f)
{
	json_decref(f->json);
	f->json = NULL;
}

const char *frame_string(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

int64_t frame_int(const json_t *object, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(object, name);

	return json_is_integer(v) ? (int64_t)json_integer_value(v) : otherwise;
}

size_t frame_count_statements(const struct frame *f)
{
	const json_t *v = json_object_get(f->json, "statements");
	int64_t n = frame_int(f->json, "statements", 0);

	if (json_is_array(v))
		return json_array_size(v);
	return n > 0 ? (size_t)n : 0;
}

static enum status find_status(const char *text)
{
	for (size_t i = 0; text && i < STATUS_COUNT; i++)
		if (strcmp(text, statuses[i]) == 0)
			return (enum status)i;
	return STATUS_UNKNOWN;
}

void frame_get_verdict(const struct frame *f, struct verdict *out)
{
	const json_t *error = json_object_get(f->json, "error");

	out->status = find_status(frame_string(f->json, "status"));
	out->tag = frame_string(f->json, "tag");
	out->count = frame_int(f->json, "count", -1);
	out->conn = frame_int(f->json, "conn", -1);
	out->queue_us = frame_int(f->json, "queue_us", -1);
	out->exec_us = frame_int(f->json, "exec_us", -1);
	out->total_us = frame_int(f->json, "total_us", -1);
	out->error = json_is_object(error) ? error : NULL;
}

static int grow_cells(struct frame_cells *c, struct err *e)
{
	size_t cap = c->cap ? c->cap * 2 : 16;
	struct jspan *cells;

	if (cap > FRAME_MAX_CELLS)
		return not_understood(e, "a row has too many values");
	cells = realloc(c->cells, cap * sizeof *cells);
	if (!cells)
		return err_nomem(e);
	c->cells = cells;
	c->cap = cap;
	return 0;
}

static int read_row(struct jscan *s, struct frame_cells *c, struct err *e)
{
	int rc;

	c->n = 0;
	jscan_open(s, '[');
	while (jscan_element(s)) {
		rc = c->n == c->cap ? grow_cells(c, e) : 0;
		if (rc)
			return rc;
		jscan_value(s, &c->cells[c->n++]);
	}
	return s->bad ? not_understood(e, "a row is not a list") : 0;
}

int frame_each_row(const struct frame *f, struct frame_cells *cells,
    int (*row)(void *ctx, const struct frame_cells *cells, struct err *e),
    void *ctx, struct err *e)
{
	struct jscan s;
	int rc = 0;

	if (!f->rows.text || f->rows.kind != JSCAN_ARRAY)
		return not_understood(e, "rows are not a list");
	jscan_init(&s, f->rows.text, f->rows.len);
	jscan_open(&s, '[');
	while (rc == 0 && jscan_element(&s)) {
		rc = read_row(&s, cells, e);
		if (rc == 0)
			rc = row(ctx, cells, e);
	}
	return rc;
}
