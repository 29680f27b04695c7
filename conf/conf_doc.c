/* What the table of keys says, as the sample file and as a reference. */
#include <string.h>

#include "conf/conf.h"
#include "conf/conf_keys.h"
#include "conf/conf_value.h"

#define WIDTH 78

/* TEXT as comment lines, broken at spaces; backquotes are for Markdown. */
static void put_comment(struct buf *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + 1 + len > WIDTH) {
			buf_append_char(out, '\n');
			column = 0;
		}
		if (!column) {
			buf_append_char(out, '#');
			column = 1;
		}
		buf_append_char(out, ' ');
		column += 1 + len;
		for (; len; len--, text++)
			if (*text != '`')
				buf_append_char(out, *text);
		text += strspn(text, " ");
	}
	buf_append_char(out, '\n');
}

static const char *engine_note(const struct conf_key *key)
{
	if (key->flags & CONF_POSTGRES)
		return "engine = postgres only: ";
	return key->flags & CONF_SQLITE ? "engine = sqlite only: " : "";
}

/* "HELP (DOMAIN; a change needs a restart)", as far as there is any. */
static void describe(const struct conf_key *key, struct buf *text)
{
	bool any = key->type == CONF_TYPE_TEXT || key->type == CONF_TYPE_LISTEN;
	bool restart = !(key->flags & CONF_RELOAD);

	buf_appendf(text, "%s%s", engine_note(key), key->help);
	if (any && !restart)
		return;
	buf_append_str(text, " (");
	if (!any)
		conf_value_format_domain(key, text);
	if (!any && restart)
		buf_append_str(text, "; ");
	if (restart)
		buf_append_str(text, "a change needs a restart");
	buf_append_str(text, ")");
}

static void put_sample_comment(struct buf *out, const struct conf_key *key)
{
	struct buf text;
	const char *s;

	buf_init(&text);
	describe(key, &text);
	s = buf_cstr(&text);
	if (s)
		put_comment(out, s);
	else
		out->failed = true;
	buf_release(&text);
}

/* Only the two settings that the default database is made of are live. */
static void put_sample_key(struct buf *out, const struct conf_key *key)
{
	buf_append_char(out, '\n');
	put_sample_comment(out, key);
	if (key == &conf_keys[CONF_KEY_database_engine])
		buf_append_str(out, "engine = sqlite\n");
	else if (key == &conf_keys[CONF_KEY_database_path])
		buf_append_str(out, "path = fanout.db\n");
	else
		buf_appendf(out, ";%s = %s\n", key->name,
		    key->example ? key->example : key->default_text);
}

static void put_sample_section(
    struct buf *out, const char *title, enum conf_section section)
{
	buf_appendf(out, "\n[%s]\n", title);
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == section)
			put_sample_key(out, &conf_keys[i]);
}

void conf_write_sample(struct buf *out)
{
	buf_append_str(out,
	    "# A sample for fanoutd -c FILE. It says what holds without a "
	    "file: every\n"
	    "# setting behind a \";\" is a default or an example. Comments "
	    "have lines of\n"
	    "# their own; docs/configuration.md tells the rest.\n");
	put_sample_section(out, "fanoutd", CONF_SECTION_fanoutd);
	buf_append_str(out,
	    "\n# One section for each database, under the name that clients "
	    "give as \"db\".\n");
	put_sample_section(out, "database fanout", CONF_SECTION_database);
}

static void put_reference_row(struct buf *out, const struct conf_key *key)
{
	buf_appendf(out, "| `%s` | ", key->name);
	if (key->default_text[0])
		buf_appendf(out, "`%s`", key->default_text);
	buf_append_str(out, " | ");
	conf_value_format_domain(key, out);
	buf_appendf(out, " | %s | %s%s |\n",
	    key->flags & CONF_RELOAD ? "yes" : "no", engine_note(key),
	    key->help);
}

static void put_reference_section(
    struct buf *out, const char *title, enum conf_section section)
{
	buf_appendf(out,
	    "### `[%s]`\n\n"
	    "| key | default | values | on reload | meaning |\n"
	    "|---|---|---|---|---|\n",
	    title);
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == section)
			put_reference_row(out, &conf_keys[i]);
}

void conf_write_reference(struct buf *out)
{
	put_reference_section(out, "fanoutd", CONF_SECTION_fanoutd);
	buf_append_char(out, '\n');
	put_reference_section(out, "database NAME", CONF_SECTION_database);
}
