#include "conf/conf_ini.h"

#include <ini.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "conf/conf_text.h"

#define LONGEST_LINE 4096 /* as its message says */
#define LONGEST_KEY 64
#define SECTION_SIZE 256

struct feed {
	struct conf_span text; /* what was not yet looked at */
	unsigned line; /* the number of the line in hand */
	bool expected; /* it is a key, which inih has yet to confirm … */
	struct conf_span key, value; /* … as we read it */
	bool withheld; /* the value is too long for inih's buffer */
	const struct conf_ini_sink *sink;
	void *ctx;
	int rc; /* what the sink said */
};

static void refuse(struct feed *f, const char *what)
{
	if (!f->rc)
		f->rc = f->sink->on_error(f->ctx, f->line, what);
}

/* What is wrong with the line whatever it means, or NULL. */
static const char *line_fault(struct conf_span line)
{
	if (line.len > LONGEST_LINE)
		return "the line is longer than 4096 bytes";
	if (line.len && line.s[line.len - 1] == '\r')
		line.len--;
	if (!conf_text_fault(line.s, line.len))
		return NULL;
	if (memchr(line.s, '\0', line.len))
		return "the line has a NUL byte";
	return "the line has a control character or is not UTF-8";
}

static const char *header_fault(struct conf_span line)
{
	const char *close = memchr(line.s, ']', line.len);
	size_t len;

	if (!close)
		return "a section's name ends with \"]\"";
	if (close != line.s + line.len - 1)
		return "nothing may follow the \"]\" of a section";
	len = line.len - 2;
	for (size_t i = 1; i <= len; i++)
		if (line.s[i] != ' ' && !conf_text_is_name(&line.s[i], 1))
			return "a section's name is made of letters, digits, "
			       "\"_\", \"-\" and \".\"";
	if (len == 0 || line.s[1] == ' ' || line.s[len] == ' ')
		return "there is no space right inside the \"[\" and \"]\"";
	if (len >= SECTION_SIZE)
		return "a section's name has at most 255 bytes";
	return NULL;
}

static void take_header(struct feed *f, struct conf_span line)
{
	const char *fault = header_fault(line);
	char name[SECTION_SIZE];

	if (fault)
		refuse(f, fault);
	else
		snprintf(
		    name, sizeof name, "%.*s", (int)line.len - 2, line.s + 1);
	if (!f->rc)
		f->rc =
		    f->sink->on_section(f->ctx, f->line, fault ? NULL : name);
}

/* What is wrong with "KEY = VALUE", or NULL, with f->key and f->value. */
static const char *pair_fault(struct feed *f, struct conf_span line)
{
	const char *equals = memchr(line.s, '=', line.len);
	const char *colon = memchr(line.s, ':', line.len);

	if (colon && (!equals || colon < equals))
		return "a key and its value are joined by \"=\", not \":\"";
	if (!equals)
		return "this is no [section], no key = value and no comment";
	if (equals == line.s)
		return "there is no key before the \"=\"";
	f->key = conf_span(line.s, (size_t)(equals - line.s));
	f->key = conf_span_trim(f->key);
	f->value =
	    conf_span(equals + 1, (size_t)(line.s + line.len - (equals + 1)));
	if (f->key.len > LONGEST_KEY ||
	    !conf_text_is_name(f->key.s, f->key.len))
		return "a key is one short word of letters, digits and \"_\"";
	for (size_t i = 1; i < f->value.len; i++)
		if (strchr(";#", f->value.s[i]) &&
		    strchr(" \t", f->value.s[i - 1]))
			return "a comment needs a line of its own, and a value "
			       "that holds \" ;\" or \" #\" can only come from "
			       "the environment or --set";
	f->value = conf_span_trim(f->value);
	return NULL;
}

static bool is_blank_or_comment(struct conf_span line)
{
	line = conf_span_trim(line);
	return line.len == 0 || line.s[0] == ';' || line.s[0] == '#';
}

/* Is it a key, which inih should confirm? */
static bool take_line(struct feed *f, struct conf_span line)
{
	const char *fault = line_fault(line);

	if (!fault && is_blank_or_comment(line))
		return false;
	if (!fault && (line.s[0] == ' ' || line.s[0] == '\t'))
		fault = "an indented line could be taken for more of the value "
		        "above it: begin it at the margin";
	if (!fault && line.s[0] == '[') {
		take_header(f, conf_span_trim(line));
		return false;
	}
	if (!fault)
		fault = pair_fault(f, conf_span_trim(line));
	if (fault)
		refuse(f, fault);
	return !fault;
}

/* When the line before was a key, inih should have told of it by now. */
static void check_confirmed(struct feed *f)
{
	if (f->expected)
		refuse(f, "the INI library cannot read this line");
	f->expected = false;
}

/* Takes the next line in hand; false at the end. */
static bool next_line(struct feed *f)
{
	const char *end;
	size_t len;

	check_confirmed(f);
	if (f->text.len == 0)
		return false;
	end = memchr(f->text.s, '\n', f->text.len);
	len = end ? (size_t)(end - f->text.s) : f->text.len;
	f->line++;
	f->expected = take_line(f, conf_span(f->text.s, len));
	if (end)
		len++;
	f->text = conf_span(f->text.s + len, f->text.len - len);
	return true;
}

/* "KEY=VALUE\n" into STR, without the value where it does not fit. */
static bool put_pair(struct feed *f, char *str, size_t size)
{
	size_t room = f->key.len + strlen("=\n") + 1;
	size_t len = f->value.len;

	if (room > size)
		return false;
	f->withheld = len > size - room;
	if (f->withheld)
		len = 0;
	snprintf(str, size, "%.*s=%.*s\n", (int)f->key.len, f->key.s, (int)len,
	    f->value.s);
	return true;
}

/*
 * Like fgets(), but a call gives a line, always: a key, or an empty one for
 * whatever is none. How long a line inih can take depends on its build, and
 * a longer one it would cut.
 */
static char *feed_read(char *str, int num, void *stream)
{
	struct feed *f = stream;

	if (f->rc || num < (int)sizeof "\n" || !next_line(f))
		return NULL;
	if (!f->expected || !put_pair(f, str, (size_t)num))
		strcpy(str, "\n");
	return str;
}

static void tell_key(struct feed *f, const char *key)
{
	char value[LONGEST_LINE + 1];

	snprintf(value, sizeof value, "%.*s", (int)f->value.len, f->value.s);
	f->rc = f->sink->on_key(f->ctx, f->line, key, value);
}

static int on_pair(
    void *user, const char *section, const char *name, const char *value)
{
	struct feed *f = user;

	(void)section; /* inih was told of none; take_header() told the sink */
	if (f->rc || !f->expected || !conf_span_is(f->key, name) ||
	    !conf_span_is(f->withheld ? conf_span("", 0) : f->value, value))
		return 1; /* check_confirmed() refuses it */
	f->expected = false;
	tell_key(f, name);
	return 1;
}

int conf_ini_parse(
    const char *text, size_t len, const struct conf_ini_sink *sink, void *ctx)
{
	struct feed f = {.text = {text, len}, .sink = sink, .ctx = ctx};
	int rc;

	if (conf_span_starts_with(f.text, "\xEF\xBB\xBF"))
		f.text = conf_span(text + 3, len - 3);
	rc = ini_parse_stream(feed_read, &f, on_pair, &f);
	if (f.rc)
		return f.rc;
	if (rc == -2)
		return ERR_NOMEM;
	check_confirmed(&f);
	return f.rc;
}
