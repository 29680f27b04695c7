#include "proxy/request_json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/utf8.h"

#define MAX_NAMES 64

static json_t *parse_text(const char *text, size_t len, struct err *e)
{
	json_error_t error;
	json_t *root = json_loadb(
	    text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (!root && json_error_code(&error) == json_error_out_of_memory) {
		err_nomem(e);
		return NULL;
	}
	if (!root) {
		err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the line is not a JSON object: %s (column %d)", error.text,
		    error.column);
		return NULL;
	}
	if (json_is_object(root))
		return root;
	json_decref(root);
	err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "the line is JSON, but not an object");
	return NULL;
}

/* The first byte that no line of JSON may have, or LEN. */
static size_t find_bad_byte(const char *line, size_t len)
{
	const char *nul = memchr(line, '\0', len);

	return utf8_valid_prefix(line, nul ? (size_t)(nul - line) : len);
}

/* What the line would be with its bad bytes replaced, to know whose it is. */
static json_t *parse_repaired(const char *line, size_t len)
{
	char *copy = malloc(len ? len : 1);
	json_t *root;
	size_t at = 0;

	if (!copy)
		return NULL;
	memcpy(copy, line, len);
	while ((at += find_bad_byte(copy + at, len - at)) < len)
		copy[at] = '?';
	root = parse_text(copy, len, NULL);
	free(copy);
	return root;
}

int request_parse(const char *line, size_t len, json_t **out, struct err *e)
{
	size_t bad = find_bad_byte(line, len);

	if (bad < len) {
		*out = parse_repaired(line, len);
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    line[bad] ? "the line is not valid UTF-8 at byte %zu"
		              : "the line has a NUL at byte %zu",
		    bad + 1);
	}
	*out = parse_text(line, len, e);
	return *out ? 0 : ERR_INVALID;
}

int field_error(const struct fields *f, const char *key, struct err *e,
    const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL, "%s%s%s: %s",
	    f->where, f->where[0] ? "." : "", key, text);
}

static int unknown_field(const struct fields *f, const char *key,
    const struct field *table, size_t n, struct err *e)
{
	const char *names[MAX_NAMES];
	const char *meant;
	char where[64];

	for (size_t i = 0; i < n && i < MAX_NAMES; i++)
		names[i] = table[i].name;
	meant = nearest_word(key, names, n < MAX_NAMES ? n : MAX_NAMES);
	where[0] = '\0';
	if (f->where[0])
		snprintf(where, sizeof where, "%s: ", f->where);
	if (!meant)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "%sunknown field \"%.60s\"", where, key);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "%sunknown field \"%.60s\": did you mean \"%s\"?", where, key,
	    meant);
}

static int read_field(const struct fields *f, const char *key,
    const json_t *value, const struct field *table, size_t n, struct err *e)
{
	if (strncmp(key, "x_", 2) == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, key) == 0)
			return table[i].read(f, key, value, e);
	return unknown_field(f, key, table, n, e);
}

int fields_read(const struct fields *f, const json_t *object,
    const struct field *table, size_t n, struct err *e)
{
	/* The iterator does not change the object. */
	json_t *o = (json_t *)(uintptr_t)object;
	const char *key;
	json_t *value;

	json_object_foreach(o, key, value)
	{
		int rc = read_field(f, key, value, table, n, e);

		if (rc)
			return rc;
	}
	return 0;
}

int field_string(const struct fields *f, const char *key, const json_t *value,
    const char **out, size_t *len, struct err *e)
{
	const char *s = json_string_value(value);
	size_t n;
	char *copy;

	if (!s)
		return field_error(f, key, e, "must be a string");
	n = json_string_length(value);
	if (memchr(s, '\0', n))
		return field_error(f, key, e,
		    "has a NUL character at position %zu",
		    utf8_count(s, strlen(s)) + 1);
	copy = arena_strndup(f->arena, s, n);
	if (!copy)
		return err_nomem(e);
	*out = copy;
	if (len)
		*len = n;
	return 0;
}

int field_bool(const struct fields *f, const char *key, const json_t *value,
    bool *out, struct err *e)
{
	if (!json_is_boolean(value))
		return field_error(f, key, e, "must be true or false");
	*out = json_is_true(value);
	return 0;
}

int field_int(const struct fields *f, const char *key, const json_t *value,
    int64_t min, int64_t max, int64_t *out, struct err *e)
{
	int64_t n = json_integer_value(value);

	if (!json_is_integer(value))
		return field_error(f, key, e, "must be a whole number");
	if (n < min || n > max)
		return field_error(f, key, e,
		    "must be from %" PRId64 " to %" PRId64, min, max);
	*out = n;
	return 0;
}

static void list_words(
    char *out, size_t size, const char *const *words, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s\"%s\"",
		    i ? ", " : "", words[i]);
}

int field_word(const struct fields *f, const char *key, const json_t *value,
    const char *const *words, size_t n, int *out, struct err *e)
{
	const char *s = json_string_value(value);
	char known[160];
	const char *meant;

	for (size_t i = 0; s && i < n; i++) {
		if (strcmp(s, words[i]) != 0)
			continue;
		*out = (int)i;
		return 0;
	}
	list_words(known, sizeof known, words, n);
	meant = s ? nearest_word(s, words, n) : NULL;
	if (!meant)
		return field_error(f, key, e, "must be one of %s", known);
	return field_error(
	    f, key, e, "must be one of %s: did you mean \"%s\"?", known, meant);
}
