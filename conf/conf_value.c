#include "conf/conf_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/units.h"
#include "conf/conf_listen.h"
#include "conf/conf_text.h"

/* The words of a type, each at the place of what it stands for. */
struct words {
	const char *const *list;
	size_t n;
};

static const char *const engine_words[] = {
    [CONF_ENGINE_POSTGRES] = "postgres",
    [CONF_ENGINE_SQLITE] = "sqlite",
};

static const char *const log_level_words[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARNING] = "warning",
    [LOG_ERROR] = "error",
};

/* The odd ones are true. */
static const char *const bool_words[] = {
    "no", "yes", "false", "true", "off", "on", "0", "1"};

static struct words words_of(enum conf_type type)
{
	switch (type) {
	case CONF_TYPE_ENGINE:
		return (struct words){engine_words, ARRAY_LEN(engine_words)};
	case CONF_TYPE_LOG_LEVEL:
		return (struct words){
		    log_level_words, ARRAY_LEN(log_level_words)};
	case CONF_TYPE_BOOL:
		return (struct words){bool_words, ARRAY_LEN(bool_words)};
	default:
		return (struct words){NULL, 0};
	}
}

static void join_words(struct words words, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < words.n && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s",
		    i ? ", " : "", words.list[i]);
}

/* What TEXT is a typo or the beginning of, or NULL. */
static const char *nearest_of(struct words words, const char *text)
{
	const char *nearest = nearest_word(text, words.list, words.n);

	for (size_t i = 0; i < words.n && !nearest; i++)
		if (strncmp(words.list[i], text, strlen(text)) == 0)
			nearest = words.list[i];
	return nearest;
}

static int read_word(
    enum conf_type type, const char *text, size_t *found, struct err *e)
{
	struct words words = words_of(type);
	const char *nearest;
	char known[128];

	for (size_t i = 0; i < words.n; i++) {
		if (strcmp(words.list[i], text) == 0) {
			*found = i;
			return 0;
		}
	}
	join_words(words, known, sizeof known);
	nearest = nearest_of(words, text);
	if (nearest)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" is not one of %s; did you mean \"%s\"?", text,
		    known, nearest);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "\"%.40s\" is not one of %s", text, known);
}

static void format_number(
    enum conf_type type, int64_t n, char out[UNITS_TEXT_SIZE])
{
	if (type == CONF_TYPE_SIZE)
		units_format_size(n, out);
	else if (type == CONF_TYPE_DURATION)
		units_format_duration(n, out);
	else
		snprintf(out, UNITS_TEXT_SIZE, "%" PRId64, n);
}

static int check_range(
    const struct conf_key *key, const char *text, int64_t n, struct err *e)
{
	char least[UNITS_TEXT_SIZE], most[UNITS_TEXT_SIZE];

	if (n >= key->least && n <= key->most)
		return 0;
	format_number(key->type, key->least, least);
	format_number(key->type, key->most, most);
	if (key->least == key->most)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" is out of range: it must be %s (%s)", text,
		    least, key->help);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "\"%.40s\" is out of range: %s to %s (%s)", text, least, most,
	    key->help);
}

static int read_number(
    const struct conf_key *key, const char *text, int64_t *out, struct err *e)
{
	int64_t n;
	int rc;

	if (key->type == CONF_TYPE_SIZE)
		rc = units_read_size(text, &n, e);
	else if (key->type == CONF_TYPE_DURATION)
		rc = units_read_duration(text, &n, e);
	else
		rc = units_read_int(text, &n, e);
	if (!rc)
		rc = check_range(key, text, n, e);
	if (!rc)
		*out = n;
	return rc;
}

static int read_text(
    const char *text, struct arena *arena, const char **out, struct err *e)
{
	const char *copy = arena_strdup(arena, text);

	if (!copy)
		return err_nomem(e);
	*out = copy;
	return 0;
}

static int read_member(const struct conf_key *key, const char *text,
    struct arena *arena, void *members, struct err *e)
{
	void *member = (char *)members + key->offset;
	size_t word = 0;
	int rc;

	switch (key->type) {
	case CONF_TYPE_TEXT:
		return read_text(text, arena, member, e);
	case CONF_TYPE_LISTEN:
		return conf_listen_read(text, arena, members, e);
	case CONF_TYPE_INT:
	case CONF_TYPE_SIZE:
	case CONF_TYPE_DURATION:
		return read_number(key, text, member, e);
	case CONF_TYPE_BOOL:
	case CONF_TYPE_ENGINE:
	case CONF_TYPE_LOG_LEVEL:
		break;
	}
	rc = read_word(key->type, text, &word, e);
	if (rc)
		return rc;
	if (key->type == CONF_TYPE_BOOL)
		*(bool *)member = word % 2 == 1;
	else if (key->type == CONF_TYPE_ENGINE)
		*(enum conf_engine *)member = (enum conf_engine)word;
	else
		*(enum log_level *)member = (enum log_level)word;
	return 0;
}

int conf_value_read(const struct conf_key *key, const char *text,
    struct arena *arena, void *members, struct err *e)
{
	const char *fault = conf_text_fault(text, strlen(text));

	if (fault)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the value has %s", fault);
	if (text[0] == '\0')
		return err_set(
		    e, ERR_INVALID, SQLSTATE_PROTOCOL, "there is no value");
	return read_member(key, text, arena, members, e);
}

void conf_value_format(
    const struct conf_key *key, const void *members, struct buf *out)
{
	const void *member = (const char *)members + key->offset;
	char number[UNITS_TEXT_SIZE];

	switch (key->type) {
	case CONF_TYPE_TEXT:
		if (*(const char *const *)member)
			buf_append_str(out, *(const char *const *)member);
		break;
	case CONF_TYPE_LISTEN:
		conf_listen_format(members, out);
		break;
	case CONF_TYPE_INT:
	case CONF_TYPE_SIZE:
	case CONF_TYPE_DURATION:
		format_number(key->type, *(const int64_t *)member, number);
		buf_append_str(out, number);
		break;
	case CONF_TYPE_BOOL:
		buf_append_str(out, bool_words[*(const bool *)member]);
		break;
	case CONF_TYPE_ENGINE:
		buf_append_str(
		    out, engine_words[*(const enum conf_engine *)member]);
		break;
	case CONF_TYPE_LOG_LEVEL:
		buf_append_str(
		    out, log_level_words[*(const enum log_level *)member]);
		break;
	}
}

void conf_value_format_domain(const struct conf_key *key, struct buf *out)
{
	char text[128];

	switch (key->type) {
	case CONF_TYPE_TEXT:
		buf_append_str(out, "text");
		break;
	case CONF_TYPE_LISTEN:
		buf_append_str(out, "addresses");
		break;
	case CONF_TYPE_INT:
	case CONF_TYPE_SIZE:
	case CONF_TYPE_DURATION:
		format_number(key->type, key->least, text);
		buf_append_str(out, text);
		if (key->least == key->most)
			break;
		format_number(key->type, key->most, text);
		buf_appendf(out, " to %s", text);
		break;
	case CONF_TYPE_BOOL:
		buf_append_str(out, "yes, no");
		break;
	case CONF_TYPE_ENGINE:
	case CONF_TYPE_LOG_LEVEL:
		join_words(words_of(key->type), text, sizeof text);
		buf_append_str(out, text);
		break;
	}
}
