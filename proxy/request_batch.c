#include "proxy/request_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proxy/request_json.h"

#define MAX_ID 256 /* bytes of a batch's or statement's id */
#define MAX_MS (INT64_MAX / US_PER_MS) /* that fit in microseconds */
#define MAX_PARAMS 65535 /* of PostgreSQL's protocol */

static int read_id(const struct fields *f, const char *key, const json_t *value,
    const char **out, struct err *e)
{
	size_t len;
	int rc = field_string(f, key, value, out, &len, e);

	if (rc)
		return rc;
	if (len == 0 || len > MAX_ID)
		return field_error(
		    f, key, e, "must have from 1 to %d bytes", MAX_ID);
	return 0;
}

static int read_timeout(const struct fields *f, const char *key,
    const json_t *value, int64_t *out, struct err *e)
{
	int rc = field_int(f, key, value, 0, MAX_MS, out, e);

	*out *= rc ? 0 : US_PER_MS;
	return rc;
}

static int read_want(const struct fields *f, const char *key,
    const json_t *value, bool *rows, struct err *e)
{
	static const char *const words[] = {"rows", "count"};
	int i = 0;
	int rc = field_word(f, key, value, words, ARRAY_LEN(words), &i, e);

	*rows = i == 0;
	return rc;
}

/* ---- one entry of `statements` ---- */

struct entry {
	struct plan_item item;
	struct batch_stmt stmt;
};

static int entry_id(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;

	return read_id(f, key, value, &x->item.id, e);
}

static int entry_sql(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;

	return field_string(f, key, value, &x->item.sql, &x->item.len, e);
}

/* The fewest digits that read back as the same number. */
static const char *shortest_real(struct arena *arena, double x)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	return arena_strdup(arena, text);
}

/* Numbers become decimal text; where each digit counts, send a string. */
static int param_text(const struct fields *f, const char *key,
    const json_t *value, const char **out, struct err *e)
{
	if (json_is_null(value)) {
		*out = NULL;
		return 0;
	}
	if (json_is_string(value))
		return field_string(f, key, value, out, NULL, e);
	if (json_is_boolean(value))
		*out = json_is_true(value) ? "true" : "false";
	else if (json_is_integer(value))
		*out = arena_printf(f->arena, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
	else if (json_is_real(value))
		*out = shortest_real(f->arena, json_real_value(value));
	else
		return field_error(f, key, e,
		    "must be a string, a number, true, false or null (send "
		    "JSON as a string)");
	return *out ? 0 : err_nomem(e);
}

static int entry_params(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;
	size_t n = json_array_size(value);
	const char **params;

	if (!json_is_array(value))
		return field_error(f, key, e, "must be a list");
	if (n > MAX_PARAMS)
		return field_error(
		    f, key, e, "has more than %d values", MAX_PARAMS);
	params = arena_alloc_n(f->arena, n + 1, sizeof *params);
	if (!params)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		char place[32];
		int rc;

		snprintf(place, sizeof place, "params[%zu]", i);
		rc = param_text(
		    f, place, json_array_get(value, i), &params[i], e);
		if (rc)
			return rc;
	}
	x->stmt.params = params;
	x->stmt.n_params = (unsigned)n;
	return 0;
}

static int entry_want(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;

	return read_want(f, key, value, &x->stmt.want_rows, e);
}

static int entry_after(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;
	size_t n = json_array_size(value);
	const char **after;

	if (!json_is_array(value))
		return field_error(f, key, e, "must be a list of ids");
	after = arena_alloc_n(f->arena, n + 1, sizeof *after);
	if (!after)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		char place[32];
		int rc;

		snprintf(place, sizeof place, "after[%zu]", i);
		rc = read_id(f, place, json_array_get(value, i), &after[i], e);
		if (rc)
			return rc;
	}
	x->item.after = after;
	x->item.n_after = (unsigned)n;
	return 0;
}

static int entry_timeout(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;

	return read_timeout(f, key, value, &x->stmt.timeout_us, e);
}

static int entry_priority(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;

	return field_int(
	    f, key, value, INT32_MIN, INT32_MAX, &x->stmt.priority, e);
}

static int entry_idempotent(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;

	return field_bool(f, key, value, &x->stmt.idempotent, e);
}

static int entry_data(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct entry *x = f->target;

	return field_string(
	    f, key, value, &x->stmt.copy_data, &x->stmt.copy_len, e);
}

static const struct field entry_fields[] = {
    {"id", entry_id},
    {"sql", entry_sql},
    {"params", entry_params},
    {"want", entry_want},
    {"after", entry_after},
    {"timeout_ms", entry_timeout},
    {"priority", entry_priority},
    {"idempotent", entry_idempotent},
    {"data", entry_data},
};

static int read_entry(struct batch *b, const char *where, const json_t *value,
    struct entry *x, struct err *e)
{
	const struct fields f = {&b->arena, where, x};
	int rc;

	if (!json_is_object(value))
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "%s: must be an object", where);
	x->stmt = b->defaults;
	rc = fields_read(&f, value, entry_fields, ARRAY_LEN(entry_fields), e);
	if (rc)
		return rc;
	if (!x->item.sql)
		return field_error(&f, "sql", e, "is missing");
	return 0;
}

static int read_entries(struct batch *b, const json_t *list, struct err *e)
{
	size_t n = json_array_size(list);
	struct plan_item *items;
	struct batch_stmt *stmts;

	items = arena_alloc_n(&b->arena, n + 1, sizeof *items);
	stmts = arena_alloc_n(&b->arena, n + 1, sizeof *stmts);
	if (!items || !stmts)
		return err_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct entry x = {0};
		char where[40];
		int rc;

		snprintf(where, sizeof where, "statements[%zu]", i);
		rc = read_entry(b, where, json_array_get(list, i), &x, e);
		if (rc)
			return rc;
		items[i] = x.item;
		stmts[i] = x.stmt;
	}
	b->ask.items = items;
	b->ask.n_items = (unsigned)n;
	b->stmts = stmts;
	return 0;
}

/* ---- the batch itself ---- */

static int batch_id(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;
	const char *id;
	int rc = read_id(f, key, value, &id, e);

	if (rc == 0)
		b->id = id;
	return rc;
}

static int batch_db(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;

	return field_string(f, key, value, &b->db, NULL, e);
}

static int batch_sql(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;

	return field_string(
	    f, key, value, &b->ask.script, &b->ask.script_len, e);
}

/* Read last, when the defaults for its entries are known. */
static int batch_statements(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	if (!json_is_array(value))
		return field_error(f, key, e, "must be a list");
	return 0;
}

static int batch_want(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;

	return read_want(f, key, value, &b->defaults.want_rows, e);
}

static int batch_order(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	static const char *const words[] = {"completion", "statement"};
	struct batch *b = f->target;
	int i = 0;
	int rc = field_word(f, key, value, words, ARRAY_LEN(words), &i, e);

	b->order = (enum batch_order)i;
	b->ask.statement_order = b->order == ORDER_STATEMENT;
	return rc;
}

static int batch_dispatch(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	static const char *const words[] = {"auto", "independent", "serial"};
	struct batch *b = f->target;
	int i = 0;
	int rc = field_word(f, key, value, words, ARRAY_LEN(words), &i, e);

	b->ask.dispatch = (enum plan_dispatch)i;
	return rc;
}

static int batch_on_error(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	static const char *const words[] = {"continue", "stop", "cancel"};
	struct batch *b = f->target;
	int i = 0;
	int rc = field_word(f, key, value, words, ARRAY_LEN(words), &i, e);

	b->on_error = (enum batch_on_error)i;
	return rc;
}

static int batch_until(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	static const char *const words[] = {"all", "first"};
	struct batch *b = f->target;
	int i = 0;
	int rc = field_word(f, key, value, words, ARRAY_LEN(words), &i, e);

	b->until = (enum batch_until)i;
	return rc;
}

static int batch_types(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	static const char *const words[] = {"text", "json"};
	struct batch *b = f->target;
	int i = 0;
	int rc = field_word(f, key, value, words, ARRAY_LEN(words), &i, e);

	b->types = (enum batch_types)i;
	return rc;
}

static int batch_max_concurrency(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;
	int64_t n = 0;
	int rc = field_int(f, key, value, 1, INT32_MAX, &n, e);

	b->max_concurrency = (unsigned)n;
	return rc;
}

static int batch_transaction(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;
	int rc = field_bool(f, key, value, &b->transaction, e);

	b->ask.transaction = b->transaction;
	return rc;
}

static int batch_snapshot(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	bool wanted = false;
	int rc = field_bool(f, key, value, &wanted, e);

	if (rc || !wanted)
		return rc;
	return err_set(e, ERR_INVALID, SQLSTATE_UNSUPPORTED,
	    "snapshot: one snapshot for several connections is not "
	    "supported yet; \"transaction\": true gives one on one "
	    "connection");
}

static int batch_timeout(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;

	return read_timeout(f, key, value, &b->timeout_us, e);
}

static int batch_priority(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;

	return field_int(
	    f, key, value, INT32_MIN, INT32_MAX, &b->defaults.priority, e);
}

static int batch_progress(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct batch *b = f->target;

	return field_bool(f, key, value, &b->progress, e);
}

static int batch_type(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	(void)f;
	(void)key;
	(void)value;
	(void)e;
	return 0; /* it is what brought us here */
}

static const struct field batch_fields[] = {
    {"type", batch_type},
    {"id", batch_id},
    {"db", batch_db},
    {"sql", batch_sql},
    {"statements", batch_statements},
    {"want", batch_want},
    {"order", batch_order},
    {"dispatch", batch_dispatch},
    {"on_error", batch_on_error},
    {"until", batch_until},
    {"max_concurrency", batch_max_concurrency},
    {"transaction", batch_transaction},
    {"snapshot", batch_snapshot},
    {"timeout_ms", batch_timeout},
    {"priority", batch_priority},
    {"types", batch_types},
    {"progress", batch_progress},
};

int request_batch_read(const json_t *object, struct batch *b, struct err *e)
{
	const struct fields f = {&b->arena, "", b};
	const json_t *id = json_object_get(object, "id");
	const json_t *list = json_object_get(object, "statements");
	int rc;

	b->defaults.want_rows = true;
	/* First the id: every complaint about the rest can then name it. */
	rc = id ? batch_id(&f, "id", id, e) : 0;
	if (rc)
		return rc;
	rc = fields_read(&f, object, batch_fields, ARRAY_LEN(batch_fields), e);
	if (rc)
		return rc;
	if (b->transaction && b->until == UNTIL_FIRST)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "until: \"first\" would undo what won, since "
		    "\"transaction\" is all or nothing");
	if (list && b->ask.script)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "a batch has either \"sql\" or \"statements\", not both");
	if (!list && !b->ask.script)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "a batch needs \"sql\" or \"statements\"");
	return list ? read_entries(b, list, e) : 0;
}

int request_batch_check_plan(const struct batch *b, struct err *e)
{
	for (unsigned i = 0; i < b->plan->n_stmts; i++) {
		const struct plan_stmt *s = &b->plan->stmts[i];

		/* An engine without COPY says so itself. */
		if (b->ask.dialect != DIALECT_POSTGRES || s->copy_in)
			continue;
		if (batch_stmt_at(b, i)->copy_data)
			return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
			    "statements[%u].data: only COPY … FROM STDIN "
			    "takes data",
			    i);
	}
	return 0;
}
