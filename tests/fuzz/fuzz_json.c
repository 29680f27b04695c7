/*
 * UTF-8 and JSON as we write it, held against jansson: any bytes become one
 * valid string on one line, and valid ones say the same when they are read.
 */
#include <jansson.h>
#include <string.h>

#include "base/json_out.h"
#include "base/utf8.h"
#include "tests/fuzz/fuzz.h"

#define ANY (JSON_DECODE_ANY | JSON_ALLOW_NUL)

static bool is_valid(const char *s, size_t len)
{
	json_t *string = json_stringn(s, len);

	json_decref(string);
	return string != NULL;
}

static void check_utf8(const char *s, size_t len)
{
	size_t valid = utf8_valid_prefix(s, len), n;

	must(valid <= len && is_valid(s, valid));
	must(is_valid(s, len) == (valid == len));
	/* Not even one character more. */
	for (size_t more = 1; more <= 4 && valid + more <= len; more++)
		must(!is_valid(s, valid + more));
	n = utf8_count(s, valid);
	must(n <= valid && utf8_offset(s, valid, n) == valid);
	for (size_t i = 0; i < n && i < 16; i++) {
		size_t at = utf8_offset(s, valid, i);

		must(utf8_count(s, at) == i && is_valid(s, at));
	}
}

static void check_one_line(const struct buf *out)
{
	must(!out->failed);
	for (size_t i = 0; i < out->len; i++)
		must((unsigned char)out->data[i] >= 0x20);
}

static void check_string(const char *s, size_t len)
{
	struct buf out;
	json_t *read;

	buf_init(&out);
	json_put_string(&out, s, len);
	check_one_line(&out);
	read = json_loadb(out.data, out.len, ANY, NULL);
	must(json_is_string(read));
	if (utf8_valid_prefix(s, len) == len) {
		must(json_string_length(read) == len);
		must(memcmp(json_string_value(read), s, len) == 0);
	} else {
		must(memmem(out.data, out.len, "\xEF\xBF\xBD", 3));
	}
	json_decref(read);
	buf_release(&out);
}

/* JSON of somebody else's stays what it is, on one line. */
static void check_raw(const char *s, size_t len)
{
	json_t *before = json_loadb(s, len, ANY, NULL), *after;
	struct buf out;

	if (!before)
		return;
	buf_init(&out);
	json_put_raw(&out, s, len);
	must(!out.failed && out.len == len);
	must(!memchr(out.data, '\n', len) && !memchr(out.data, '\r', len));
	after = json_loadb(out.data, out.len, ANY, NULL);
	must(json_equal(before, after));
	json_decref(before);
	json_decref(after);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size);

	check_utf8(text, size);
	check_string(text, size);
	check_raw(text, size);
	free(text);
	return 0;
}
