#include "conf/conf_text.h"

#include <string.h>

#include "base/utf8.h"

struct conf_span conf_span(const char *s, size_t len)
{
	return (struct conf_span){s, len};
}

/* The blanks that a line can hold once conf_text_fault() let it pass. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct conf_span conf_span_trim(struct conf_span span)
{
	while (span.len && is_blank(span.s[0])) {
		span.s++;
		span.len--;
	}
	while (span.len && is_blank(span.s[span.len - 1]))
		span.len--;
	return span;
}

bool conf_span_is(struct conf_span span, const char *s)
{
	return strlen(s) == span.len && conf_span_starts_with(span, s);
}

bool conf_span_starts_with(struct conf_span span, const char *s)
{
	size_t len = strlen(s);

	return len <= span.len && memcmp(span.s, s, len) == 0;
}

bool conf_span_next(struct conf_span *rest, struct conf_span *item)
{
	const char *comma;

	if (!rest->s)
		return false;
	comma = memchr(rest->s, ',', rest->len);
	if (!comma) {
		*item = conf_span_trim(*rest);
		rest->s = NULL;
		return true;
	}
	item->s = rest->s;
	item->len = (size_t)(comma - rest->s);
	*item = conf_span_trim(*item);
	rest->len -= (size_t)(comma + 1 - rest->s);
	rest->s = comma + 1;
	return true;
}

const char *conf_text_fault(const char *s, size_t len)
{
	if (memchr(s, '\0', len))
		return "a NUL byte";
	if (utf8_valid_prefix(s, len) != len)
		return "a byte that is not UTF-8";
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return "a control character";
	return NULL;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool conf_text_is_name(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_name_char(s[i]))
			return false;
	return len > 0;
}
