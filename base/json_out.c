#include "base/json_out.h"

#include <string.h>

#include "base/utf8.h"

/* What follows the backslash; 1 where \u00XX is needed; 0: as it is. */
/* clang-format off */
static const char escapes[256] = {
	1, 1, 1, 1, 1, 1, 1, 1, 'b', 't', 'n', 1, 'f', 'r', 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['"'] = '"', ['\\'] = '\\', [0x7f] = 1,
};
/* clang-format on */

static void put_escape(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = {'\\', escapes[c], '0', '0', 0, 0};

	if (escapes[c] != 1) {
		buf_append(out, text, 2);
		return;
	}
	text[1] = 'u';
	text[4] = hex[c >> 4];
	text[5] = hex[c & 15];
	buf_append(out, text, 6);
}

/* Well-formed UTF-8 without its quotes. */
static void put_text(struct buf *out, const char *s, size_t len)
{
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!escapes[c])
			continue;
		buf_append(out, s + start, i - start);
		put_escape(out, c);
		start = i + 1;
	}
	buf_append(out, s + start, len - start);
}

void json_put_string(struct buf *out, const char *s, size_t len)
{
	buf_append_char(out, '"');
	for (;;) {
		size_t valid = utf8_valid_prefix(s, len);

		put_text(out, s, valid);
		if (valid == len)
			break;
		buf_append(out, "\xEF\xBF\xBD", 3);
		s += valid + 1;
		len -= valid + 1;
	}
	buf_append_char(out, '"');
}

void json_put_cstr(struct buf *out, const char *s)
{
	json_put_string(out, s, strlen(s));
}

void json_put_cstr_or_null(struct buf *out, const char *s)
{
	if (s)
		json_put_cstr(out, s);
	else
		buf_append_str(out, "null");
}

void json_put_raw(struct buf *out, const char *s, size_t len)
{
	char *p;

	if (utf8_valid_prefix(s, len) < len) {
		json_put_string(out, s, len);
		return;
	}
	p = buf_reserve(out, len);
	if (!p)
		return;
	for (size_t i = 0; i < len; i++)
		p[i] = s[i] == '\n' || s[i] == '\r' ? ' ' : s[i];
	out->len += len;
}
