/*
 * What people see: nothing that a server sends reaches a terminal but as
 * text, in the width that it was given; and the labels of a script's
 * statements are parts of it.
 */
#include <string.h>

#include "base/utf8.h"
#include "cli/split.h"
#include "cli/text.h"
#include "tests/fuzz/fuzz.h"

#define WIDTHS 12

/* C0, DEL or C1 at S, but for those in KEEP. */
static bool is_control(const char *s, size_t len, const char *keep)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] < 0x20)
		return !u[0] || !strchr(keep, s[0]);
	if (u[0] == 0x7F)
		return true;
	return u[0] == 0xC2 && len > 1 && u[1] >= 0x80 && u[1] < 0xA0;
}

static bool has_control(const char *s, size_t len, const char *keep)
{
	for (size_t i = 0; i < len; i++)
		if (is_control(s + i, len - i, keep))
			return true;
	return false;
}

static void check_escaped(const char *s, size_t len, const char *keep)
{
	struct buf out;

	buf_init(&out);
	text_put_escaped(&out, s, len, keep);
	must(!out.failed);
	must(utf8_valid_prefix(out.data, out.len) == out.len);
	must(!has_control(out.data, out.len, keep));
	if (!has_control(s, len, keep))
		must(out.len == len &&
		     (len == 0 || memcmp(out.data, s, len) == 0));
	buf_release(&out);
}

static void check_fit(const char *s, size_t len, size_t width)
{
	size_t fit = text_fit(s, len, width);

	must(fit <= len && utf8_valid_prefix(s, fit) == fit);
	must(text_width(s, fit) <= width);
	must(fit == len || text_width(s, len) > width);
}

static void check_label(const char *s, size_t len, size_t width)
{
	struct buf out;

	buf_init(&out);
	text_put_label(&out, s, len, width);
	must(!out.failed && !has_control(out.data, out.len, ""));
	must(utf8_valid_prefix(out.data, out.len) == out.len);
	must(text_width(out.data, out.len) <= width);
	buf_release(&out);
}

static void check_split(const char *s, size_t len)
{
	size_t pos = 0, end = 0, before = 0;
	struct split_span span;
	bool closed;

	while (split_next(s, len, &pos, &span, &closed)) {
		must(span.len > 0 && span.start >= end);
		end = span.start + span.len;
		must(end <= pos && pos <= len && pos > before);
		before = pos;
		must(!closed || s[pos - 1] == ';');
	}
	must(pos == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	/* The contract: all input is valid UTF-8. */
	if (utf8_valid_prefix((const char *)data, size) < size)
		return -1;
	text_init_locale();
	text = fuzz_copy(data, size);
	check_escaped(text, size, "");
	check_escaped(text, size, "\n\t");
	for (size_t width = 0; width < WIDTHS; width++) {
		check_fit(text, size, width);
		check_label(text, size, width);
	}
	check_split(text, size);
	free(text);
	return 0;
}
