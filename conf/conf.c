#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "conf/conf_check.h"
#include "conf/conf_draft.h"
#include "conf/conf_env.h"
#include "conf/conf_file.h"
#include "conf/conf_listen.h"
#include "conf/conf_set.h"

/* What is served where nobody said what. */
#define DEFAULT_DATABASE "fanout"
#define DEFAULT_PATH "fanout.db"

static int add_default_database(struct conf_draft *d)
{
	const struct conf_origin nobody = {0};
	struct conf_draft_section *s;

	if (d->incomplete || !list_is_empty(&d->databases))
		return 0;
	if (conf_draft_add_database(d, DEFAULT_DATABASE, &s) ||
	    conf_draft_set(
	        d, s, &conf_keys[CONF_KEY_database_engine], "sqlite", nobody) ||
	    conf_draft_set(
	        d, s, &conf_keys[CONF_KEY_database_path], DEFAULT_PATH, nobody))
		return ERR_NOMEM;
	return 0;
}

static int add_default_listen(
    struct conf_draft *d, const struct conf_source *source)
{
	const char *dir = conf_env_find(source->environ, "XDG_RUNTIME_DIR");
	const struct conf_setting *setting =
	    &d->fanoutd.settings[CONF_KEY_fanoutd_listen];
	struct err e;
	int rc;

	if (d->conf->listen || setting->bad)
		return 0;
	rc = conf_listen_default(dir, &d->conf->arena, d->conf, &e);
	if (rc == ERR_INVALID)
		conf_draft_error(d, "environment: XDG_RUNTIME_DIR",
		    "the default of listen: %s", e.message);
	return rc == ERR_NOMEM ? rc : 0;
}

/* Each layer overrides the ones before it. */
static int read_layers(struct conf_draft *d, const struct conf_source *source)
{
	struct conf_set set;
	int rc = 0;

	if (source->file)
		rc = conf_file_read(d, source->file);
	if (!rc)
		rc = conf_set_declare(d, source->set, source->n_set, &set);
	if (!rc)
		rc = add_default_database(d);
	if (!rc)
		rc = conf_env_apply(d, source->environ);
	if (!rc)
		rc = conf_set_apply(d, &set);
	if (!rc)
		rc = add_default_listen(d, source);
	return rc;
}

static int note_file(struct conf *conf, const char *file)
{
	if (!file)
		return 0;
	conf->file = arena_strdup(&conf->arena, file);
	return conf->file ? 0 : ERR_NOMEM;
}

int conf_load(
    const struct conf_source *source, struct conf **out, struct buf *errors)
{
	struct conf_draft d;
	int rc;

	*out = NULL;
	rc = conf_draft_init(&d, errors);
	if (!rc)
		rc = note_file(d.conf, source->file);
	if (!rc)
		rc = read_layers(&d, source);
	if (!rc)
		conf_check(&d);
	if (!rc && errors->failed)
		rc = ERR_NOMEM;
	if (!rc && d.n_errors)
		rc = ERR_INVALID;
	if (!rc)
		rc = conf_draft_finish(&d, out);
	if (rc == ERR_NOMEM)
		buf_append_str(errors, "out of memory\n");
	conf_draft_release(&d);
	return rc;
}

void conf_free(struct conf **conf)
{
	if (!*conf)
		return;
	arena_release(&(*conf)->arena);
	free(*conf);
	*conf = NULL;
}

const struct conf_database *conf_find_database(
    const struct conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_databases; i++)
		if (strcmp(conf->databases[i].name, name) == 0)
			return &conf->databases[i];
	return NULL;
}
