/*
 * What a client's line asks for: which request it is, and those about the
 * daemon itself: show, hello, ping, reload, pause. The others are in
 * session_batch.c and session_target.c.
 */
#include <string.h>

#include "base/json_out.h"
#include "base/log.h"
#include "base/nearest.h"
#include "proxy/response_write.h"
#include "proxy/server.h"
#include "proxy/session_private.h"
#include "proxy/show.h"

void session_send(struct session *s, struct buf *frame)
{
	outbox_put(&s->out, frame);
	buf_release(frame);
}

void session_refuse_line(struct session *s, const struct err *e)
{
	struct buf frame;

	buf_init(&frame);
	write_error(&frame, e);
	session_send(s, &frame);
}

static const struct field bare_fields[] = {{"type", session_ignore_field}};

void session_refuse_data(struct session *s, const struct err *e)
{
	session_refuse_line(s, e);
	session_give_up_copies(s,
	    "a line that may have held its data was refused: see the error "
	    "before this");
}

static int read_bare(struct arena *arena, const json_t *object, struct err *e)
{
	const struct fields f = {arena, "", NULL};

	return fields_read(&f, object, bare_fields, ARRAY_LEN(bare_fields), e);
}

static int handle_ping(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	struct buf frame;
	int rc = read_bare(arena, object, e);

	if (rc)
		return rc;
	buf_init(&frame);
	write_pong(&frame);
	session_send(s, &frame);
	return 0;
}

static int handle_hello(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	struct buf frame;
	int rc = read_bare(arena, object, e);

	if (rc)
		return rc;
	buf_init(&frame);
	show_hello(s->server, &frame);
	session_send(s, &frame);
	return 0;
}

static int handle_reload(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	struct buf frame;
	int rc = read_bare(arena, object, e);

	if (rc)
		return rc;
	buf_init(&frame);
	server_reload(s->server, &frame);
	session_send(s, &frame);
	return 0;
}

/* ---- pause, resume, reconnect ---- */

static int read_db(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	const char **db = f->target;

	return field_string(f, key, value, db, NULL, e);
}

static const struct field db_fields[] = {
    {"type", session_ignore_field},
    {"db", read_db},
};

static void pause_pool(struct pool *pool)
{
	pool_pause(pool, true);
}

static void resume_pool(struct pool *pool)
{
	pool_pause(pool, false);
}

/* Does ACT to the database that is named, or to all; tells which. */
static int on_pools(struct session *s, struct arena *arena,
    const json_t *object, void (*act)(struct pool *pool), const char *type,
    struct err *e)
{
	struct server *server = s->server;
	const char *name = NULL;
	const struct fields f = {arena, "", &name};
	struct database *only = NULL;
	struct buf frame;
	bool first = true;
	int rc = fields_read(&f, object, db_fields, ARRAY_LEN(db_fields), e);

	if (rc == 0 && name && !(only = server_find_database(server, name, e)))
		rc = e->code;
	if (rc)
		return rc;
	buf_init(&frame);
	buf_appendf(&frame, "{\"type\":\"%s\",\"databases\":[", type);
	for (size_t i = 0; i < server->n_databases; i++) {
		struct database *db = &server->databases[i];

		if (only && db != only)
			continue;
		act(db->pool);
		log_info("database %s: %s by a client", db->conf->name, type);
		if (!first)
			buf_append_char(&frame, ',');
		first = false;
		json_put_cstr(&frame, db->conf->name);
	}
	buf_append_str(&frame, "]}\n");
	session_send(s, &frame);
	return 0;
}

static int handle_pause(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	return on_pools(s, arena, object, pause_pool, "paused", e);
}

static int handle_resume(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	return on_pools(s, arena, object, resume_pool, "resumed", e);
}

static int handle_reconnect(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	return on_pools(s, arena, object, pool_reconnect, "reconnecting", e);
}

static int show_what(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	const char **what = f->target;

	return field_string(f, key, value, what, NULL, e);
}

static const struct field show_fields[] = {
    {"type", session_ignore_field},
    {"what", show_what},
};

static int handle_show(
    struct session *s, struct arena *arena, const json_t *object, struct err *e)
{
	const char *what = NULL;
	const struct fields f = {arena, "", &what};
	struct buf frame;
	int rc =
	    fields_read(&f, object, show_fields, ARRAY_LEN(show_fields), e);

	if (rc == 0)
		rc = session_need_field(what, "what", e);
	if (rc)
		return rc;
	buf_init(&frame);
	rc = show_table(s->server, what, &frame, e);
	if (rc == 0)
		outbox_put(&s->out, &frame);
	buf_release(&frame);
	return rc;
}

typedef int (*request_handler)(struct session *s, struct arena *arena,
    const json_t *object, struct err *e);

static const struct {
	const char *type;
	request_handler handle;
} handlers[] = {
    {"cancel", session_handle_cancel},
    {"copy_data", session_handle_copy_data},
    {"copy_end", session_handle_copy_end},
    {"show", handle_show},
    {"hello", handle_hello},
    {"ping", handle_ping},
    {"reload", handle_reload},
    {"pause", handle_pause},
    {"resume", handle_resume},
    {"reconnect", handle_reconnect},
};

static int unknown_type(const char *type, struct err *e)
{
	const char *names[ARRAY_LEN(handlers) + 1];
	const char *meant;

	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		names[i] = handlers[i].type;
	names[ARRAY_LEN(handlers)] = "batch";
	meant = nearest_word(type, names, ARRAY_LEN(names));
	if (!meant)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "type: unknown type \"%.60s\"", type);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "type: unknown type \"%.60s\": did you mean \"%s\"?", type, meant);
}

static int dispatch(struct session *s, const json_t *object, struct err *e)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	struct arena arena;
	int rc = 1;

	if (!type)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "type: is missing or not a string");
	if (strcmp(type, "batch") == 0) {
		session_handle_batch(s, object);
		return 0;
	}
	arena_init(&arena);
	for (size_t i = 0; i < ARRAY_LEN(handlers) && rc == 1; i++)
		if (strcmp(type, handlers[i].type) == 0)
			rc = handlers[i].handle(s, &arena, object, e);
	arena_release(&arena);
	return rc == 1 ? unknown_type(type, e) : rc;
}

static const char *type_of(const json_t *object)
{
	const char *type = json_string_value(json_object_get(object, "type"));

	return type ? type : "";
}

/* Could the line have been COPY data? All but a request of another kind. */
static bool may_hold_data(const json_t *object)
{
	const char *type = type_of(object);

	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (strcmp(type, handlers[i].type) == 0)
			return strncmp(type, "copy_", 5) == 0;
	return true;
}

static void refuse(struct session *s, const json_t *object, const struct err *e)
{
	if (strcmp(type_of(object), "batch") == 0)
		session_reject(
		    s, json_string_value(json_object_get(object, "id")), e);
	else if (may_hold_data(object))
		session_refuse_data(s, e);
	else
		session_refuse_line(s, e);
}

void session_handle_line(struct session *s, const char *line, size_t len)
{
	json_t *object;
	struct err e;
	int rc = request_parse(line, len, &object, &e);

	if (rc == 0)
		rc = dispatch(s, object, &e);
	if (rc)
		refuse(s, object, &e);
	json_decref(object);
}
