#include "conf/conf_set.h"

#include <string.h>

#include "conf/conf_text.h"

/* "database.brazil" to "database brazil", in place. */
static void space_title(char *title)
{
	char *dot = strchr(title, '.');

	if (dot && !strchr(title, ' '))
		*dot = ' ';
}

/* A word without dots, and perhaps a second word. */
static bool is_title(const char *title)
{
	size_t len = strcspn(title, " ");

	return conf_text_is_name(title, len) && !memchr(title, '.', len) &&
	       (title[len] == '\0' ||
	           conf_text_is_name(title + len + 1, strlen(title + len + 1)));
}

/*
 * Cuts NAME, which is what is before the "=", at its last dot, since a
 * database's name may have dots and a key has none.
 */
static bool cut_name(struct conf_draft *d, struct conf_span name, char **title,
    struct conf_set_item *item)
{
	char *dot;

	name = conf_span_trim(name);
	*title = arena_strndup(&d->scratch, name.s, name.len);
	dot = *title ? strrchr(*title, '.') : NULL;
	if (!dot)
		return false;
	*dot = '\0';
	item->key = dot + 1;
	space_title(*title);
	return is_title(*title) &&
	       conf_text_is_name(item->key, strlen(item->key));
}

/* Neither ARG nor a part of it is shown: who knows what it was to be. */
static int refuse(struct conf_draft *d, size_t i)
{
	conf_draft_error(d, NULL,
	    "--set number %zu: it is not SECTION.KEY=VALUE, as in "
	    "database.brazil.pool_size=20",
	    i + 1);
	return 0;
}

static int declare(
    struct conf_draft *d, const char *arg, size_t i, struct conf_set_item *item)
{
	const char *equals = strchr(arg, '=');
	struct conf_span value;
	char *title;
	int rc;

	if (!equals)
		return refuse(d, i);
	if (!cut_name(d, conf_span(arg, (size_t)(equals - arg)), &title, item))
		return title ? refuse(d, i) : ERR_NOMEM;
	value = conf_span_trim(conf_span(equals + 1, strlen(equals + 1)));
	item->value = arena_strndup(&d->scratch, value.s, value.len);
	item->origin.where =
	    arena_printf(&d->scratch, "--set %s.%s", title, item->key);
	if (!item->value || !item->origin.where)
		return ERR_NOMEM;
	rc = conf_draft_open(d, title, item->origin, &item->section);
	if (!rc && item->section && !item->section->origin.where)
		item->section->origin = item->origin;
	return rc;
}

int conf_set_declare(struct conf_draft *d, const char *const *args, size_t n,
    struct conf_set *out)
{
	int rc = 0;

	out->n = n;
	out->items = arena_alloc_n(&d->scratch, n, sizeof *out->items);
	if (!out->items)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && !rc; i++)
		rc = declare(d, args[i], i, &out->items[i]);
	return rc;
}

int conf_set_apply(struct conf_draft *d, const struct conf_set *set)
{
	int rc = 0;

	for (size_t i = 0; i < set->n && !rc; i++) {
		const struct conf_set_item *item = &set->items[i];

		if (item->section)
			rc = conf_draft_set_named(d, item->section, item->key,
			    item->value, item->origin);
	}
	return rc;
}
