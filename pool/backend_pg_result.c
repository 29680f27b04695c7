#include "pool/backend_pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory ran out here, not in the server: its verdict will never be known. */
static void lose_for_memory(struct backend *b)
{
	struct err e;

	(void)err_nomem(&e);
	pg_lose(b, &e);
}

static int columns_prepare(struct pg_columns *c, const PGresult *res)
{
	unsigned n = (unsigned)PQnfields(res);
	unsigned i;

	c->n = n;
	c->rules = calloc(n ? n : 1, sizeof *c->rules);
	c->values = calloc(n ? n : 1, sizeof *c->values);
	if (!c->rules || !c->values)
		return ERR_NOMEM;
	for (i = 0; i < n; i++)
		c->rules[i] = pg_type_rule(PQftype(res, (int)i));
	return 0;
}

static int columns_tell(struct backend *b, const PGresult *res)
{
	unsigned n = b->st.columns.n;
	struct backend_column *columns = calloc(n ? n : 1, sizeof *columns);
	char(*names)[PG_TYPE_NAME_SIZE] = calloc(n ? n : 1, sizeof *names);
	unsigned i;

	if (!columns || !names) {
		free(columns);
		free(names);
		return ERR_NOMEM;
	}
	for (i = 0; i < n; i++) {
		columns[i].name = PQfname(res, (int)i);
		columns[i].oid = PQftype(res, (int)i);
		columns[i].type = pg_type_name(columns[i].oid, names[i]);
	}
	b->st.sink->on_columns(b->st.ctx, columns, n);
	free(columns);
	free(names);
	return 0;
}

/* The first result that describes rows tells of the columns. */
static int see_columns(struct backend *b, const PGresult *res)
{
	if (b->st.columns_told)
		return 0;
	b->st.columns_told = true;
	b->st.count = 0;
	if (columns_prepare(&b->st.columns, res))
		return ERR_NOMEM;
	return columns_tell(b, res);
}

/* libpq's buffers grow with the largest row and never shrink. */
#define WORN_BYTES ((size_t)8 * 1024 * 1024)

static void tell_row(struct backend *b, int row)
{
	const struct pg_columns *c = &b->st.columns;
	const PGresult *res = b->st.rows;
	unsigned i;

	for (i = 0; i < c->n; i++) {
		struct backend_value *v = &c->values[i];

		if (PQgetisnull(res, row, (int)i)) {
			*v = (struct backend_value){.kind = VALUE_NULL};
			continue;
		}
		v->text = PQgetvalue(res, row, (int)i);
		v->len = (size_t)PQgetlength(res, row, (int)i);
		v->kind = pg_type_kind(c->rules[i], v->text, v->len);
	}
	b->st.sink->on_row(b->st.ctx, c->values, c->n);
}

/* Goes on where it was paused. */
void pg_result_tell_rows(struct backend *b)
{
	int n = PQntuples(b->st.rows);

	if (!b->st.want_rows)
		b->st.next_row = n;
	while (b->st.next_row < n) {
		if (b->phase != PG_RUNNING || b->paused)
			return;
		b->st.unflushed = true;
		tell_row(b, b->st.next_row++);
	}
	PQclear(b->st.rows);
	b->st.rows = NULL;
}

/* Takes RES over; the rows are told by pg_result_tell_rows(). */
static void take_rows(struct backend *b, PGresult *res)
{
	b->st.rows = res;
	b->st.next_row = 0;
	b->worn |= PQresultMemorySize(res) > WORN_BYTES;
	if (see_columns(b, res)) {
		lose_for_memory(b);
		return;
	}
	b->st.count += PQntuples(res);
}

/* With libpq 17 it can come with the last rows instead of after them. */
static void take_tag(struct backend *b, PGresult *res)
{
	const char *tag = PQcmdStatus(res);
	const char *affected = PQcmdTuples(res);

	if (*tag)
		snprintf(b->st.tag, sizeof b->st.tag, "%s", tag);
	if (!b->st.columns_told && *affected)
		b->st.count = strtoll(affected, NULL, 10);
}

static void refuse_copy_both(struct backend *b)
{
	struct err e;

	err_set(&e, ERR_ENGINE, SQLSTATE_UNSUPPORTED,
	    "replication commands are not supported");
	pg_lose(b, &e);
}

/*
 * An error without an SQLSTATE is libpq's own: the connection was lost, maybe
 * after an error of the server, or memory ran out for a row. What the server
 * made of the statement is not known then.
 */
static void take_error(struct backend *b, PGresult *res)
{
	if (!PQresultErrorField(res, PG_DIAG_SQLSTATE))
		b->st.unclear = true;
	if (b->st.error)
		PQclear(res);
	else
		b->st.error = res;
}

/*
 * One of a statement's results; takes it over. Notices are told while libpq
 * makes it, so B may be closing by now.
 */
void pg_result_take(struct backend *b, PGresult *res)
{
	if (b->phase != PG_RUNNING) {
		PQclear(res);
		return;
	}
	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
#ifdef LIBPQ_HAS_CHUNK_MODE
	case PGRES_TUPLES_CHUNK:
#endif
		take_tag(b, res);
		take_rows(b, res);
		return;
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		take_tag(b, res);
		break;
	case PGRES_COPY_IN:
		pg_copy_in_begin(b);
		break;
	case PGRES_COPY_OUT:
		pg_move(b, PG_COPY_OUT);
		break;
	case PGRES_COPY_BOTH:
		refuse_copy_both(b);
		break;
	default:
		take_error(b, res);
		return;
	}
	PQclear(res);
}
