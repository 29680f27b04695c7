/*
 * A row as bytes, so that it can cross from the thread to the loop: for each
 * value its kind (a byte), its length (four bytes) and its text.
 */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool/backend_sqlite.h"

#define HEAD_SIZE (1 + sizeof(uint32_t))
#define MAX_EXACT (INT64_C(1) << 53) /* integers that any double keeps */

static void put_head(char *p, enum value_kind kind, size_t len)
{
	uint32_t n = (uint32_t)len;

	p[0] = (char)kind;
	memcpy(p + 1, &n, sizeof n);
}

static void put_value(
    struct buf *out, enum value_kind kind, const void *text, size_t len)
{
	char *p = buf_reserve(out, HEAD_SIZE + len);

	if (!p)
		return;
	put_head(p, kind, len);
	if (len)
		memcpy(p + HEAD_SIZE, text, len);
	out->len += HEAD_SIZE + len;
}

static void put_integer(struct buf *out, int64_t v)
{
	bool exact = v >= -MAX_EXACT && v <= MAX_EXACT;
	char text[32];
	int n = snprintf(text, sizeof text, "%lld", (long long)v);

	put_value(out, exact ? VALUE_NUMBER : VALUE_TEXT, text, (size_t)n);
}

/* SQLite always writes a fraction: 1.0, 1.0e+100. */
static void add_fraction(char text[40])
{
	size_t n = strcspn(text, ".e");

	if (text[n] == '.')
		return;
	memmove(text + n + 2, text + n, strlen(text + n) + 1);
	memcpy(text + n, ".0", 2);
}

/* The shortest text from which the very same number is read. */
static void put_real(struct buf *out, double v)
{
	char text[40];

	if (!isfinite(v)) { /* a NaN is stored as NULL */
		const char *inf = v > 0 ? "Inf" : "-Inf";

		put_value(out, VALUE_TEXT, inf, strlen(inf));
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof text - 2, "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	add_fraction(text);
	put_value(out, VALUE_NUMBER, text, strlen(text));
}

/* As PostgreSQL writes bytea. */
static void put_blob(struct buf *out, const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t text_len = 2 + 2 * len;
	char *p = buf_reserve(out, HEAD_SIZE + text_len);

	if (!p)
		return;
	put_head(p, VALUE_TEXT, text_len);
	p += HEAD_SIZE;
	*p++ = '\\';
	*p++ = 'x';
	for (size_t i = 0; i < len; i++) {
		*p++ = digits[data[i] >> 4];
		*p++ = digits[data[i] & 15];
	}
	out->len += HEAD_SIZE + text_len;
}

static bool encode_value(struct buf *out, sqlite3_stmt *stmt, int i)
{
	const void *data;

	switch (sqlite3_column_type(stmt, i)) {
	case SQLITE_INTEGER:
		put_integer(out, sqlite3_column_int64(stmt, i));
		return true;
	case SQLITE_FLOAT:
		put_real(out, sqlite3_column_double(stmt, i));
		return true;
	case SQLITE_TEXT:
		data = sqlite3_column_text(stmt, i);
		if (!data)
			return false;
		put_value(out, VALUE_TEXT, data,
		    (size_t)sqlite3_column_bytes(stmt, i));
		return true;
	case SQLITE_BLOB:
		data = sqlite3_column_blob(stmt, i);
		put_blob(out, data, (size_t)sqlite3_column_bytes(stmt, i));
		return true;
	default:
		put_value(out, VALUE_NULL, NULL, 0);
		return true;
	}
}

bool sqlite_row_encode(struct buf *out, sqlite3_stmt *stmt)
{
	int n = sqlite3_column_count(stmt);
	size_t before = out->len;
	bool ok = true;

	for (int i = 0; i < n && ok; i++)
		ok = encode_value(out, stmt, i) && !out->failed;
	if (!ok)
		out->len = before; /* no half rows */
	return ok;
}

bool sqlite_row_decode(
    struct chan_msg *m, struct backend_value *values, unsigned n)
{
	const char *p = m->rows.data + m->at;

	assert(m->at <= m->rows.len);
	if (m->at == m->rows.len)
		return false;
	for (unsigned i = 0; i < n; i++) {
		uint32_t len;

		memcpy(&len, p + 1, sizeof len);
		values[i].kind = (enum value_kind)p[0];
		values[i].len = len;
		values[i].text =
		    values[i].kind == VALUE_NULL ? NULL : p + HEAD_SIZE;
		p += HEAD_SIZE + len;
	}
	m->at = (size_t)(p - m->rows.data);
	return true;
}

/* What the schema declares, else what the first row has. */
static const char *type_name(sqlite3_stmt *stmt, int i, bool has_row)
{
	static const char *const classes[] = {
	    [SQLITE_INTEGER] = "integer",
	    [SQLITE_FLOAT] = "real",
	    [SQLITE_TEXT] = "text",
	    [SQLITE_BLOB] = "blob",
	    [SQLITE_NULL] = "",
	};
	const char *declared = sqlite3_column_decltype(stmt, i);

	if (declared)
		return declared;
	return has_row ? classes[sqlite3_column_type(stmt, i)] : "";
}

static bool fill_column(
    struct chan_msg *m, sqlite3_stmt *stmt, int i, bool has_row)
{
	struct backend_column *column = &m->columns[i];
	const char *name = sqlite3_column_name(stmt, i);

	column->name = name ? arena_strdup(&m->arena, name) : NULL;
	column->type = arena_strdup(&m->arena, type_name(stmt, i, has_row));
	return column->name && column->type;
}

struct chan_msg *sqlite_columns_new(
    struct backend *b, sqlite3_stmt *stmt, bool has_row)
{
	int n = sqlite3_column_count(stmt);
	struct chan_msg *m = chan_msg_new(CHAN_COLUMNS);

	if (!m)
		return NULL;
	m->n = (unsigned)n;
	m->columns = arena_alloc_n(&m->arena, m->n, sizeof *m->columns);
	m->values = arena_alloc_n(&m->arena, m->n, sizeof *m->values);
	for (int i = 0; i < n; i++) {
		if (!m->columns || !m->values ||
		    !fill_column(m, stmt, i, has_row)) {
			chan_msg_free(&b->chan, &m);
			return NULL;
		}
	}
	return m;
}
