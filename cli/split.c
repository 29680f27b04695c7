#include "cli/split.h"

#include <string.h>

struct scan {
	const char *s;
	size_t len, i;
};

static bool at(const struct scan *c, const char *word)
{
	size_t n = strlen(word);

	return c->len - c->i >= n && memcmp(c->s + c->i, word, n) == 0;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_line_comment(struct scan *c)
{
	while (c->i < c->len && c->s[c->i] != '\n')
		c->i++;
}

static void skip_block_comment(struct scan *c)
{
	unsigned depth = 0;

	do {
		if (at(c, "/*")) {
			depth++;
			c->i += 2;
		} else if (at(c, "*/")) {
			depth--;
			c->i += 2;
		} else {
			c->i++;
		}
	} while (depth > 0 && c->i < c->len);
}

/* A doubled QUOTE only ends one string to begin the next. */
static void skip_quoted(struct scan *c, char quote, bool backslashes)
{
	c->i++;
	while (c->i < c->len && c->s[c->i] != quote)
		c->i += backslashes && c->s[c->i] == '\\' ? 2 : 1;
	c->i++;
}

/* The length of the "$tag$" here, or 0. */
static size_t dollar_tag(const struct scan *c)
{
	size_t i = c->i + 1;

	if (c->i > 0 && is_name(c->s[c->i - 1]))
		return 0;
	if (i < c->len && c->s[i] >= '0' && c->s[i] <= '9')
		return 0;
	while (i < c->len && is_name(c->s[i]))
		i++;
	return i < c->len && c->s[i] == '$' ? i + 1 - c->i : 0;
}

static void skip_dollar(struct scan *c)
{
	size_t n = dollar_tag(c);
	const char *tag = c->s + c->i;
	const char *end;

	if (n == 0) {
		c->i++;
		return;
	}
	c->i += n;
	end = memmem(c->s + c->i, c->len - c->i, tag, n);
	c->i = end ? (size_t)(end - c->s) + n : c->len;
}

/* E'…', where a backslash escapes. */
static bool has_escape_prefix(const struct scan *c)
{
	return c->i > 0 && (c->s[c->i - 1] == 'E' || c->s[c->i - 1] == 'e') &&
	       (c->i == 1 || !is_name(c->s[c->i - 2]));
}

/* Over one token; true where it is more than space or a comment. */
static bool skip_token(struct scan *c)
{
	char ch = c->s[c->i];

	if (is_space(ch)) {
		c->i++;
		return false;
	}
	if (at(c, "--")) {
		skip_line_comment(c);
		return false;
	}
	if (at(c, "/*")) {
		skip_block_comment(c);
		return false;
	}
	if (ch == '\'')
		skip_quoted(c, ch, has_escape_prefix(c));
	else if (ch == '"')
		skip_quoted(c, ch, false);
	else if (ch == '$')
		skip_dollar(c);
	else
		c->i++;
	return true;
}

bool split_next(const char *text, size_t len, size_t *pos,
    struct split_span *out, bool *closed)
{
	struct scan c = {text, len, *pos};
	bool found = false;
	size_t end = 0;

	*closed = false;
	while (c.i < len && !*closed) {
		size_t before = c.i;

		if (text[c.i] == ';') {
			c.i++;
			*closed = found;
			continue;
		}
		if (!skip_token(&c))
			continue;
		if (!found)
			out->start = before;
		found = true;
		/* Where a quote does not end, so does the token. */
		end = c.i < len ? c.i : len;
	}
	*pos = c.i < len ? c.i : len;
	out->len = found ? end - out->start : 0;
	return found;
}
