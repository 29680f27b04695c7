/* A finished conf for people: its settings, and how it differs from another. */
#include <string.h>

#include "conf/conf.h"
#include "conf/conf_keys.h"
#include "conf/conf_value.h"

/* conf_each() under way. */
struct walk {
	void (*each)(void *ctx, const struct conf_item *item);
	void *ctx;
	struct buf section, value;
};

static const char *text_of(struct buf *b)
{
	const char *text = buf_cstr(b);

	return text ? text : "(out of memory)";
}

static void tell(
    struct walk *w, const struct conf_key *key, const void *members)
{
	struct conf_item item = {
	    .section = text_of(&w->section),
	    .key = key->name,
	    .default_value = key->default_text,
	    .secret = key->flags & CONF_SECRET,
	    .reloadable = key->flags & CONF_RELOAD,
	};

	buf_clear(&w->value);
	conf_value_format(key, members, &w->value);
	item.value = text_of(&w->value);
	w->each(w->ctx, &item);
}

static void tell_database(struct walk *w, const struct conf_database *db)
{
	buf_clear(&w->section);
	buf_appendf(&w->section, "database %s", db->name);
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == CONF_SECTION_database &&
		    conf_key_applies(&conf_keys[i], db->engine))
			tell(w, &conf_keys[i], db);
}

void conf_each(const struct conf *conf,
    void (*each)(void *ctx, const struct conf_item *item), void *ctx)
{
	struct walk w = {.each = each, .ctx = ctx};

	buf_init(&w.section);
	buf_init(&w.value);
	buf_append_str(&w.section, "fanoutd");
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == CONF_SECTION_fanoutd)
			tell(&w, &conf_keys[i], conf);
	for (size_t i = 0; i < conf->n_databases; i++)
		tell_database(&w, &conf->databases[i]);
	buf_release(&w.section);
	buf_release(&w.value);
}

static const char *shown(const char *value)
{
	return value[0] ? value : "(none)";
}

static void write_change(struct buf *changes, const char *section,
    const struct conf_key *key, const char *old, const char *new)
{
	buf_appendf(changes, "%s: %s ", section, key->name);
	if (key->flags & CONF_SECRET)
		buf_append_str(changes, "changed");
	else
		buf_appendf(changes, "%s -> %s", shown(old), shown(new));
	if (!(key->flags & CONF_RELOAD))
		buf_append_str(changes, " (needs a restart)");
	buf_append_char(changes, '\n');
}

static void diff_key(struct buf *changes, const char *section,
    const struct conf_key *key, const void *old, const void *new)
{
	struct buf was, is;

	buf_init(&was);
	buf_init(&is);
	conf_value_format(key, old, &was);
	conf_value_format(key, new, &is);
	if (!buf_cstr(&was) || !buf_cstr(&is))
		changes->failed = true;
	else if (strcmp(was.data, is.data) != 0)
		write_change(changes, section, key, was.data, is.data);
	buf_release(&was);
	buf_release(&is);
}

/* A key that only one of the two engines has says no more than `engine`. */
static void diff_database(struct buf *changes, const struct conf_database *old,
    const struct conf_database *new)
{
	struct buf section;
	const char *title;

	buf_init(&section);
	buf_appendf(&section, "database %s", old->name);
	title = buf_cstr(&section);
	if (!title)
		changes->failed = true;
	for (size_t i = 0; title && i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == CONF_SECTION_database &&
		    conf_key_applies(&conf_keys[i], old->engine) &&
		    conf_key_applies(&conf_keys[i], new->engine))
			diff_key(changes, title, &conf_keys[i], old, new);
	buf_release(&section);
}

void conf_diff(
    const struct conf *old, const struct conf *new, struct buf *changes)
{
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == CONF_SECTION_fanoutd)
			diff_key(changes, "fanoutd", &conf_keys[i], old, new);
	for (size_t i = 0; i < old->n_databases; i++) {
		const struct conf_database *was = &old->databases[i];
		const struct conf_database *is =
		    conf_find_database(new, was->name);

		if (is)
			diff_database(changes, was, is);
		else
			buf_appendf(changes,
			    "database %s: removed (needs a restart)\n",
			    was->name);
	}
	for (size_t i = 0; i < new->n_databases; i++)
		if (!conf_find_database(old, new->databases[i].name))
			buf_appendf(changes,
			    "database %s: added (needs a restart)\n",
			    new->databases[i].name);
}
