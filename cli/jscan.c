#include "cli/jscan.h"

#include <stdint.h>
#include <string.h>

#define DEEPEST 500 /* nested brackets; deeper is an attack */

void jscan_init(struct jscan *s, const char *text, size_t len)
{
	memset(s, 0, sizeof *s);
	s->p = text;
	s->end = text + len;
}

static bool fail(struct jscan *s)
{
	s->bad = true;
	return false;
}

/* Over white space; false at the end of the text. */
static bool skip_space(struct jscan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' ||
	                            *s->p == '\r' || *s->p == '\n'))
		s->p++;
	return !s->bad && s->p < s->end;
}

static bool take(struct jscan *s, char c)
{
	if (!skip_space(s) || *s->p != c)
		return false;
	s->p++;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four digits at P, or -1. */
static int read_hex4(const char *p, const char *end)
{
	int c = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0)
			return -1;
		c = c << 4 | digit;
	}
	return c;
}

/* Behind the backslash. */
static bool skip_escape(struct jscan *s)
{
	if (s->p == s->end)
		return fail(s);
	if (*s->p == 'u') {
		if (read_hex4(s->p + 1, s->end) < 0)
			return fail(s);
		s->p += 5;
		return true;
	}
	if (*s->p == '\0' || !strchr("\"\\/bfnrt", *s->p))
		return fail(s);
	s->p++;
	return true;
}

static bool skip_string(struct jscan *s, bool *escaped)
{
	*escaped = false;
	s->p++;
	while (s->p < s->end) {
		unsigned char c = (unsigned char)*s->p++;

		if (c == '"')
			return true;
		if (c < 0x20)
			break;
		if (c != '\\')
			continue;
		*escaped = true;
		if (!skip_escape(s))
			return false;
	}
	return fail(s);
}

static bool skip_digits(struct jscan *s)
{
	const char *first = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > first || fail(s);
}

static bool skip_number(struct jscan *s)
{
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!skip_digits(s))
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!skip_digits(s))
			return false;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		return skip_digits(s);
	}
	return true;
}

static bool skip_word(struct jscan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return fail(s);
	s->p += n;
	return true;
}

static bool skip_value(struct jscan *s, struct jspan *out, unsigned depth);

static bool skip_array(struct jscan *s, unsigned depth)
{
	struct jspan inner;

	jscan_open(s, '[');
	while (jscan_element(s))
		if (!skip_value(s, &inner, depth + 1))
			return false;
	return !s->bad;
}

static bool skip_object(struct jscan *s, unsigned depth)
{
	struct jspan inner;

	jscan_open(s, '{');
	while (jscan_member(s, &inner))
		if (!skip_value(s, &inner, depth + 1))
			return false;
	return !s->bad;
}

static bool skip_kind(struct jscan *s, struct jspan *out, unsigned depth)
{
	switch (*s->p) {
	case '"':
		out->kind = JSCAN_STRING;
		return skip_string(s, &out->escaped);
	case '[':
		out->kind = JSCAN_ARRAY;
		return skip_array(s, depth);
	case '{':
		out->kind = JSCAN_OBJECT;
		return skip_object(s, depth);
	case 'n':
		out->kind = JSCAN_NULL;
		return skip_word(s, "null");
	case 't':
		out->kind = JSCAN_BOOL;
		return skip_word(s, "true");
	case 'f':
		out->kind = JSCAN_BOOL;
		return skip_word(s, "false");
	default:
		out->kind = JSCAN_NUMBER;
		return skip_number(s);
	}
}

static bool skip_value(struct jscan *s, struct jspan *out, unsigned depth)
{
	if (!skip_space(s) || depth > DEEPEST)
		return fail(s);
	out->escaped = false;
	out->text = s->p;
	if (!skip_kind(s, out, depth))
		return false;
	out->len = (size_t)(s->p - out->text);
	s->fresh = false;
	return true;
}

bool jscan_value(struct jscan *s, struct jspan *out)
{
	return skip_value(s, out, 0);
}

bool jscan_open(struct jscan *s, char bracket)
{
	if (!take(s, bracket))
		return fail(s);
	s->fresh = true;
	return true;
}

/* At the bracket that ends it, at its first value, or behind a comma. */
static bool next_item(struct jscan *s, char close)
{
	bool fresh = s->fresh;

	s->fresh = false;
	if (s->bad || take(s, close))
		return false;
	if (!fresh && !take(s, ','))
		return fail(s);
	return true;
}

bool jscan_element(struct jscan *s)
{
	return next_item(s, ']');
}

bool jscan_member(struct jscan *s, struct jspan *key)
{
	if (!next_item(s, '}'))
		return false;
	if (!skip_space(s) || *s->p != '"' || !jscan_value(s, key) ||
	    !take(s, ':'))
		return fail(s);
	return true;
}

bool jscan_at_end(struct jscan *s)
{
	return !skip_space(s) && !s->bad;
}

bool jspan_is(const struct jspan *span, const char *word)
{
	size_t n = strlen(word);

	return span->kind == JSCAN_STRING && span->len == n + 2 &&
	       memcmp(span->text + 1, word, n) == 0;
}

static void put_utf8(struct buf *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};

	for (size_t i = n; i-- > 1; c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3F));
	b[0] = (char)(lead[n] | c);
	buf_append(out, b, n);
}

/* The digits behind "\u" at P, and a second half; how many bytes it took. */
static size_t decode_unicode(struct buf *out, const char *p, const char *end)
{
	uint32_t c = (uint32_t)read_hex4(p, end);
	int low = -1;

	if (c < 0xD800 || c > 0xDFFF) {
		put_utf8(out, c);
		return 4;
	}
	if (c < 0xDC00 && end - p >= 10 && p[4] == '\\' && p[5] == 'u')
		low = read_hex4(p + 6, end);
	if (low >= 0xDC00 && low <= 0xDFFF) {
		put_utf8(out,
		    0x10000 + ((c - 0xD800) << 10) + ((uint32_t)low - 0xDC00));
		return 10;
	}
	put_utf8(out, 0xFFFD);
	return 4;
}

static char plain_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

void jspan_text(const struct jspan *span, struct buf *scratch,
    const char **text, size_t *len)
{
	bool quoted = span->kind == JSCAN_STRING;
	const char *p = span->text + (quoted ? 1 : 0);
	const char *end = span->text + span->len - (quoted ? 1 : 0);

	*text = p;
	*len = (size_t)(end - p);
	if (!span->escaped)
		return;
	buf_clear(scratch);
	while (p < end) {
		const char *slash = memchr(p, '\\', (size_t)(end - p));

		buf_append(scratch, p, (size_t)((slash ? slash : end) - p));
		if (!slash)
			break;
		p = slash + 2;
		if (slash[1] == 'u')
			p += decode_unicode(scratch, p, end);
		else
			buf_append_char(scratch, plain_escape(slash[1]));
	}
	*text = scratch->data ? scratch->data : "";
	*len = scratch->failed ? 0 : scratch->len;
}
