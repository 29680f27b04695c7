/*
 * Reload: the configuration is read anew, checked whole, and then swapped
 * whole or not at all. What only a restart can change keeps its old value.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "base/log.h"
#include "proxy/response_write.h"
#include "proxy/server.h"
#include "proxy/service.h"

int server_check_conf(const struct conf *conf, struct buf *errors)
{
	int rc = 0;

	for (size_t i = 0; i < conf->n_databases; i++) {
		const struct conf_database *db = &conf->databases[i];
		struct engine_conf engine_conf = database_engine_conf(db);
		struct err e;

		if (database_ops(db)->check(&engine_conf, &e) == 0)
			continue;
		buf_appendf(errors, "[database %s]: %s\n", db->name, e.message);
		rc = e.code;
	}
	return rc;
}

/*
 * Bounds and times are taken over. Where the engine connects to was fixed
 * when it was opened, and a database that is no longer named stays as it was
 * at the start: both until a restart.
 */
static void configure_databases(struct server *s, const struct conf *conf)
{
	for (size_t i = 0; i < s->n_databases; i++) {
		struct database *db = &s->databases[i];
		const char *name = db->conf->name;
		const struct conf_database *now =
		    conf_find_database(conf, name);

		database_configure(
		    db, now ? now : conf_find_database(s->boot, name));
	}
}

/* CHANGES, one a line, as a JSON list. */
static void put_lines(struct buf *frame, const char *lines)
{
	buf_append_char(frame, '[');
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		json_put_string(frame, lines, len);
		lines += len + (lines[len] == '\n');
		if (*lines)
			buf_append_char(frame, ',');
	}
	buf_append_char(frame, ']');
}

/* A line of the log for each of LINES. */
static void log_lines(const char *what, const char *lines)
{
	while (*lines) {
		int len = (int)strcspn(lines, "\n");

		log_info("%s: %.*s", what, len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static void refuse(struct buf *frame, struct buf *errors)
{
	const char *text = buf_cstr(errors);

	log_error("reload refused, the old configuration stays");
	log_lines("refused", text ? text : "out of memory");
	buf_append_str(frame,
	    "{\"type\":\"error\",\"error\":{\"source\":\"proxy\","
	    "\"severity\":\"ERROR\",\"sqlstate\":\"F0000\",\"message\":");
	json_put_cstr(frame, text ? text : "out of memory");
	buf_append_str(frame, "}}\n");
}

static void swap(struct server *s, struct conf *conf)
{
	struct conf *old = s->conf;

	configure_databases(s, conf);
	log_set_level(conf->log_level);
	s->conf = conf;
	if (!conf_find_database(s->boot, conf->default_database))
		log_warning("default_database \"%s\" needs a restart",
		    conf->default_database);
	if (old != s->boot)
		conf_free(&old);
}

void server_reload(struct server *s, struct buf *frame)
{
	struct conf *conf = NULL;
	struct buf text;
	int rc;

	buf_init(&text);
	service_reloading();
	rc = conf_load(s->source, &conf, &text);
	if (rc == 0)
		rc = server_check_conf(conf, &text);
	if (rc) {
		refuse(frame, &text);
		service_ready();
		conf_free(&conf);
		buf_release(&text);
		return;
	}
	conf_diff(s->conf, conf, &text);
	swap(s, conf);
	service_ready();
	buf_append_str(frame, "{\"type\":\"reloaded\",\"changes\":");
	put_lines(frame, buf_cstr(&text) ? text.data : "");
	buf_append_str(frame, "}\n");
	log_lines("reloaded", text.len ? text.data : "nothing changed");
	buf_release(&text);
}
