#include "conf/conf_check.h"

#include <inttypes.h>

static const char *engine_word(enum conf_engine engine)
{
	return engine == CONF_ENGINE_POSTGRES ? "postgres" : "sqlite";
}

/* Only texts are an engine's own, and NULL is what it has not. */
static const char **text_member(
    const struct conf_draft_section *s, const struct conf_key *key)
{
	return (const char **)(void *)((char *)s->members + key->offset);
}

static void check_engine_key(struct conf_draft *d,
    const struct conf_draft_section *s, enum conf_engine engine, size_t id)
{
	const struct conf_key *key = &conf_keys[id];
	const char *where = s->settings[id].origin.where;

	if (!conf_key_applies(key, engine)) {
		*text_member(s, key) = NULL;
		if (where)
			conf_draft_error(d, where,
			    "%s is not for engine = %s, which [%s] has",
			    key->name, engine_word(engine), s->title);
		return;
	}
	if ((key->flags & CONF_REQUIRED) && !where && !*text_member(s, key))
		conf_draft_error(d, s->origin.where,
		    "[%s] needs %s, since its engine is %s", s->title,
		    key->name, engine_word(engine));
}

static void check_pool_sizes(
    struct conf_draft *d, const struct conf_draft_section *s)
{
	const struct conf_database *db = s->members;
	const struct conf_setting *least =
	    &s->settings[CONF_KEY_database_min_pool_size];
	const struct conf_setting *most =
	    &s->settings[CONF_KEY_database_pool_size];

	if (db->min_pool_size <= db->pool_size || least->bad || most->bad)
		return;
	conf_draft_error(d, least->origin.where,
	    "min_pool_size: %" PRId64 " is more than [%s] has as pool_size, "
	    "%" PRId64,
	    db->min_pool_size, s->title, db->pool_size);
}

static void check_database(
    struct conf_draft *d, const struct conf_draft_section *s)
{
	const struct conf_database *db = s->members;

	check_pool_sizes(d, s);
	if (s->settings[CONF_KEY_database_engine].bad)
		return;
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].flags &
		    (CONF_POSTGRES | CONF_SQLITE | CONF_REQUIRED))
			check_engine_key(d, s, db->engine, i);
}

static void check_default_database(struct conf_draft *d)
{
	const struct conf_setting *setting =
	    &d->fanoutd.settings[CONF_KEY_fanoutd_default_database];
	const char *name = d->conf->default_database;
	const char *nearest;

	if (d->incomplete || setting->bad)
		return;
	if (!name) {
		d->conf->default_database = container_of(
		    d->databases.next, struct conf_draft_section, link)
		                                ->name;
		return;
	}
	if (conf_draft_find_database(d, name))
		return;
	nearest = conf_draft_nearest_database(d, name);
	if (nearest)
		conf_draft_error(d, setting->origin.where,
		    "default_database: there is no [database %.80s]; did you "
		    "mean \"%s\"?",
		    name, nearest);
	else
		conf_draft_error(d, setting->origin.where,
		    "default_database: there is no [database %.80s]", name);
}

void conf_check(struct conf_draft *d)
{
	struct list *it;

	list_for_each (it, &d->databases)
		check_database(
		    d, container_of(it, struct conf_draft_section, link));
	check_default_database(d);
}
