#include "conf/conf_env.h"

#include <string.h>

#include "base/nearest.h"
#include "conf/conf_text.h"

#define PREFIX "FANOUT_"

/* What a variable would set. */
struct target {
	struct conf_draft_section *section;
	const struct conf_key *key;
};

static char to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_alphanumeric(char c)
{
	c = to_upper(c);
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* "FANOUT_DATABASE_BRAZIL_POOL_SIZE" */
static char *variable_name(struct arena *arena, const struct target *t)
{
	char *name = arena_printf(
	    arena, PREFIX "%s_%s", t->section->title, t->key->name);

	for (char *p = name; p && *p; p++)
		*p = is_alphanumeric(*p) ? to_upper(*p) : '_';
	return name;
}

/* One variable of the environment, looked up among all that are possible. */
struct lookup {
	struct conf_draft *draft;
	const char *name;
	struct target found[2];
	unsigned n_found;
	const char *nearest; /* behind PREFIX */
};

static int try_section(struct lookup *l, struct conf_draft_section *section)
{
	for (size_t i = 0; i < CONF_N_KEYS; i++) {
		struct target t = {section, &conf_keys[i]};
		const char *pair[2] = {l->nearest, NULL};

		if (t.key->section != section->kind)
			continue;
		pair[1] = variable_name(&l->draft->scratch, &t);
		if (!pair[1])
			return ERR_NOMEM;
		if (strcmp(pair[1], l->name) == 0) {
			if (l->n_found < ARRAY_LEN(l->found))
				l->found[l->n_found++] = t;
			continue;
		}
		pair[1] += strlen(PREFIX);
		l->nearest = nearest_word(l->name + strlen(PREFIX), pair, 2);
	}
	return 0;
}

static int try_all(struct lookup *l)
{
	struct list *it;
	int rc = try_section(l, &l->draft->fanoutd);

	list_for_each (it, &l->draft->databases) {
		if (rc)
			break;
		rc = try_section(
		    l, container_of(it, struct conf_draft_section, link));
	}
	return rc;
}

static void refuse_unknown(const struct lookup *l, const char *where)
{
	struct conf_span name = {l->name, strlen(l->name)};

	if (l->draft->incomplete &&
	    conf_span_starts_with(name, PREFIX "DATABASE_"))
		return; /* its section may be in what could not be read */
	if (l->nearest)
		conf_draft_error(l->draft, where,
		    "this sets nothing; did you mean \"" PREFIX "%s\"?",
		    l->nearest);
	else
		conf_draft_error(l->draft, where,
		    "this sets no known key of [fanoutd] or of a declared "
		    "[database NAME]");
}

static int apply(struct conf_draft *d, const char *name, const char *value)
{
	struct lookup l = {.draft = d, .name = name};
	const struct target *t = &l.found[0];
	struct conf_origin origin = {0};

	origin.where = arena_printf(&d->scratch, "environment: %s", name);
	if (!origin.where || try_all(&l))
		return ERR_NOMEM;
	if (l.n_found == 1)
		return conf_draft_set(d, t->section, t->key, value, origin);
	if (l.n_found == 0)
		refuse_unknown(&l, origin.where);
	else
		conf_draft_error(d, origin.where,
		    "this could mean %s of [%s] and %s of [%s]", t[0].key->name,
		    t[0].section->title, t[1].key->name, t[1].section->title);
	return 0;
}

int conf_env_apply(struct conf_draft *d, char *const *environ)
{
	int rc = 0;

	for (; environ && *environ && !rc; environ++) {
		size_t len = strcspn(*environ, "=");
		struct conf_span span = {*environ, len};
		char *name;

		if ((*environ)[len] == '\0' ||
		    (!conf_span_starts_with(span, PREFIX "FANOUTD_") &&
		        !conf_span_starts_with(span, PREFIX "DATABASE_")))
			continue;
		name = arena_strndup(&d->scratch, *environ, len);
		rc = name ? apply(d, name, *environ + len + 1) : ERR_NOMEM;
	}
	return rc;
}

const char *conf_env_find(char *const *environ, const char *name)
{
	for (; environ && *environ; environ++) {
		size_t len = strcspn(*environ, "=");

		if (conf_span_is(conf_span(*environ, len), name) &&
		    (*environ)[len] == '=')
			return *environ + len + 1;
	}
	return NULL;
}
