#include "cli/hello.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"

#define DEEPEST 3 /* nesting that is taken apart */

static void put_pair(struct buf *rows, const char *name, const char *value)
{
	buf_append_str(rows, rows->len > 0 ? ",[" : "[");
	json_put_cstr(rows, name);
	buf_append_char(rows, ',');
	json_put_cstr(rows, value);
	buf_append_char(rows, ']');
}

static void put_scalar(struct buf *rows, const char *name, json_t *value)
{
	char *text = json_is_string(value) ? strdup(json_string_value(value))
	                                   : json_dumps(value, JSON_ENCODE_ANY);

	if (text)
		put_pair(rows, name, text);
	else
		rows->failed = true;
	free(text);
}

static void put_value(
    struct buf *rows, const char *name, json_t *value, unsigned depth);

/* PREFIX.KEY and the value, or what it holds. */
static void put_member(struct buf *rows, const char *prefix, const char *key,
    json_t *value, unsigned depth)
{
	char *name = NULL;

	if (asprintf(&name, "%s%s%s", prefix, *prefix ? "." : "", key) < 0) {
		rows->failed = true;
		return;
	}
	put_value(rows, name, value, depth);
	free(name);
}

static void put_object(
    struct buf *rows, const char *prefix, json_t *object, unsigned depth)
{
	const char *skip = depth == 0 ? "type" : "name";
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) if (strcmp(key, skip) != 0)
	    put_member(rows, prefix, key, value, depth + 1);
}

/* Objects of a list go by their names: "databases.brazil". */
static void put_list(
    struct buf *rows, const char *prefix, json_t *list, unsigned depth)
{
	size_t i;
	json_t *value;

	json_array_foreach(list, i, value)
	{
		const char *own = frame_string(value, "name");

		if (own)
			put_member(rows, prefix, own, value, depth + 1);
		else
			put_value(rows, prefix, value, depth + 1);
	}
}

static void put_value(
    struct buf *rows, const char *name, json_t *value, unsigned depth)
{
	if (json_is_object(value) && depth <= DEEPEST)
		put_object(rows, name, value, depth);
	else if (json_is_array(value) && depth <= DEEPEST)
		put_list(rows, name, value, depth);
	else
		put_scalar(rows, name, value);
}

int hello_as_table(const struct frame *hello, struct buf *line,
    struct frame *table, struct err *e)
{
	struct buf rows;

	buf_init(&rows);
	put_object(&rows, "", hello->json, 0);
	buf_append_str(line,
	    "{\"type\":\"table\",\"columns\":[\"name\",\"value\"],\"rows\":[");
	buf_append(line, rows.data, rows.len);
	buf_append_str(line, "]}");
	line->failed |= rows.failed;
	buf_release(&rows);
	if (line->failed)
		return err_nomem(e);
	return frame_read(line->data, line->len, table, e);
}
