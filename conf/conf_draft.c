#include "conf/conf_draft.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "conf/conf_text.h"
#include "conf/conf_value.h"

#define LONGEST_NAME 63 /* as PostgreSQL's own */

/* `listen` is left out: its default depends on the environment. */
static int set_defaults(struct conf_draft *d, struct conf_draft_section *s)
{
	for (size_t i = 0; i < CONF_N_KEYS; i++) {
		const struct conf_key *key = &conf_keys[i];
		struct err e;
		int rc;

		if (key->section != s->kind || key->default_text[0] == '\0' ||
		    key->type == CONF_TYPE_LISTEN)
			continue;
		rc = conf_value_read(
		    key, key->default_text, &d->conf->arena, s->members, &e);
		assert(rc == 0 || rc == ERR_NOMEM); /* the table is right */
		if (rc)
			return rc;
	}
	return 0;
}

int conf_draft_init(struct conf_draft *d, struct buf *errors)
{
	memset(d, 0, sizeof *d);
	arena_init(&d->scratch);
	list_init(&d->databases);
	d->errors = errors;
	d->conf = calloc(1, sizeof *d->conf);
	if (!d->conf)
		return ERR_NOMEM;
	arena_init(&d->conf->arena);
	d->fanoutd.kind = CONF_SECTION_fanoutd;
	d->fanoutd.title = "fanoutd";
	d->fanoutd.members = d->conf;
	return set_defaults(d, &d->fanoutd);
}

void conf_draft_release(struct conf_draft *d)
{
	conf_free(&d->conf);
	arena_release(&d->scratch);
}

void conf_draft_error(
    struct conf_draft *d, const char *where, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	d->n_errors++;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (where)
		buf_appendf(d->errors, "%s: ", where);
	buf_appendf(d->errors, "%s\n", text);
}

struct conf_draft_section *conf_draft_find_database(
    const struct conf_draft *d, const char *name)
{
	struct list *it;

	list_for_each (it, &d->databases) {
		struct conf_draft_section *s =
		    container_of(it, struct conf_draft_section, link);

		if (strcmp(s->name, name) == 0)
			return s;
	}
	return NULL;
}

/* By hand, since nearest_word() takes an array: one name at a time. */
const char *conf_draft_nearest_database(
    const struct conf_draft *d, const char *name)
{
	const char *best = NULL;
	struct list *it;

	list_for_each (it, &d->databases) {
		struct conf_draft_section *s =
		    container_of(it, struct conf_draft_section, link);
		const char *pair[] = {best, s->name};

		best = nearest_word(name, pair, 2);
	}
	return best;
}

int conf_draft_add_database(
    struct conf_draft *d, const char *name, struct conf_draft_section **out)
{
	struct conf_draft_section *s = arena_alloc(&d->scratch, sizeof *s);
	struct conf_database *db = arena_alloc(&d->scratch, sizeof *db);

	if (!s || !db)
		return ERR_NOMEM;
	db->name = arena_strdup(&d->conf->arena, name);
	s->title = arena_printf(&d->scratch, "database %s", name);
	if (!db->name || !s->title)
		return ERR_NOMEM;
	s->kind = CONF_SECTION_database;
	s->name = db->name;
	s->members = db;
	list_append(&d->databases, &s->link);
	*out = s;
	return set_defaults(d, s);
}

static int open_database(struct conf_draft *d, const char *name,
    struct conf_origin origin, struct conf_draft_section **out)
{
	if (!conf_text_is_name(name, strlen(name))) {
		conf_draft_error(d, origin.where,
		    "a database's name is one word of letters, digits, "
		    "\"_\", \"-\" and \".\", as in [database brazil]");
		return 0;
	}
	if (strlen(name) > LONGEST_NAME) {
		conf_draft_error(d, origin.where,
		    "a database's name has at most %d bytes", LONGEST_NAME);
		return 0;
	}
	*out = conf_draft_find_database(d, name);
	return *out ? 0 : conf_draft_add_database(d, name, out);
}

/*
 * Tells that TITLE, whose first word is WORD, is not known. What was meant is
 * opened in its place, so that what is in it is checked too.
 */
static int open_nearest(struct conf_draft *d, const char *title,
    const char *word, struct conf_origin origin,
    struct conf_draft_section **out)
{
	static const char *const words[] = {"fanoutd", "database"};
	const char *nearest = nearest_word(word, words, ARRAY_LEN(words));
	const char *name = title + strlen(word);
	const char *meant = "fanoutd";

	if (!nearest) {
		conf_draft_error(d, origin.where,
		    "unknown section [%.80s] (known are [fanoutd] and "
		    "[database NAME])",
		    title);
		return 0;
	}
	if (nearest == words[1])
		meant = arena_printf(
		    &d->scratch, "database%s", *name ? name : " NAME");
	if (!meant)
		return ERR_NOMEM;
	conf_draft_error(d, origin.where,
	    "unknown section [%.80s]; did you mean [%.80s]?", title, meant);
	if (nearest == words[1] && *name == '\0')
		return 0;
	return conf_draft_open(d, meant, origin, out);
}

int conf_draft_open(struct conf_draft *d, const char *title,
    struct conf_origin origin, struct conf_draft_section **out)
{
	size_t len = strcspn(title, " ");
	char *word;

	*out = NULL;
	if (strcmp(title, "fanoutd") == 0) {
		*out = &d->fanoutd;
		return 0;
	}
	if (strcmp(title, "database") == 0) {
		conf_draft_error(d, origin.where,
		    "a database needs a name, as in [database brazil]");
		return 0;
	}
	word = arena_strndup(&d->scratch, title, len);
	if (!word)
		return ERR_NOMEM;
	if (strcmp(word, "database") == 0)
		return open_database(d, title + len + 1, origin, out);
	return open_nearest(d, title, word, origin, out);
}

int conf_draft_set(struct conf_draft *d, struct conf_draft_section *section,
    const struct conf_key *key, const char *text, struct conf_origin origin)
{
	struct conf_setting *setting = &section->settings[key - conf_keys];
	struct err e;
	int rc;

	if ((key->flags & CONF_FILE_ONLY) && !origin.file) {
		conf_draft_error(
		    d, origin.where, "%s can only be set in a file", key->name);
		return 0;
	}
	rc = conf_value_read(key, text, &d->conf->arena, section->members, &e);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc)
		conf_draft_error(
		    d, origin.where, "%s: %s", key->name, e.message);
	setting->bad = rc != 0;
	setting->origin = origin;
	return 0;
}

static void refuse_key(struct conf_draft *d,
    const struct conf_draft_section *section, const char *name,
    struct conf_origin origin)
{
	bool in_fanoutd = section->kind == CONF_SECTION_fanoutd;
	enum conf_section other =
	    in_fanoutd ? CONF_SECTION_database : CONF_SECTION_fanoutd;
	const char *nearest = conf_key_nearest(section->kind, name);

	if (conf_key_find(other, name))
		conf_draft_error(d, origin.where,
		    "unknown key \"%s\" in [%s]: it belongs in [%s]", name,
		    section->title, in_fanoutd ? "database NAME" : "fanoutd");
	else if (nearest)
		conf_draft_error(d, origin.where,
		    "unknown key \"%.80s\" in [%s]; did you mean \"%s\"?", name,
		    section->title, nearest);
	else
		conf_draft_error(d, origin.where,
		    "unknown key \"%.80s\" in [%s]", name, section->title);
}

int conf_draft_set_named(struct conf_draft *d,
    struct conf_draft_section *section, const char *name, const char *text,
    struct conf_origin origin)
{
	const struct conf_key *key = conf_key_find(section->kind, name);

	if (key)
		return conf_draft_set(d, section, key, text, origin);
	refuse_key(d, section, name, origin);
	return 0;
}

int conf_draft_finish(struct conf_draft *d, struct conf **out)
{
	size_t n = list_count(&d->databases);
	struct conf_database *dbs =
	    arena_alloc_n(&d->conf->arena, n, sizeof *dbs);
	struct list *it;

	if (!dbs)
		return ERR_NOMEM;
	d->conf->databases = dbs;
	d->conf->n_databases = n;
	list_for_each (it, &d->databases) {
		struct conf_draft_section *s =
		    container_of(it, struct conf_draft_section, link);

		memcpy(dbs++, s->members, sizeof *dbs);
	}
	*out = d->conf;
	d->conf = NULL;
	return 0;
}
