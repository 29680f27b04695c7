/* The syntax of an INI file, and that inih never reads a line otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf_ini.h"

/* The sink writes down what it is told: "2[s]", "3 k=v", "4! what". */
static int on_section(void *ctx, unsigned line, const char *name)
{
	buf_appendf(ctx, "%u[%s]\n", line, name ? name : "?");
	return 0;
}

static int on_key(void *ctx, unsigned line, const char *key, const char *value)
{
	buf_appendf(ctx, "%u %s=%s\n", line, key, value);
	return 0;
}

static int on_error(void *ctx, unsigned line, const char *what)
{
	buf_appendf(ctx, "%u! %s\n", line, what);
	return 0;
}

static const struct conf_ini_sink recorder = {on_section, on_key, on_error};

static void expect_n(const char *text, size_t len, const char *told)
{
	struct buf b;

	buf_init(&b);
	assert_int_equal(conf_ini_parse(text, len, &recorder, &b), 0);
	assert_string_equal(buf_cstr(&b), told);
	buf_release(&b);
}

static void expect(const char *text, const char *told)
{
	expect_n(text, strlen(text), told);
}

static void test_sections_and_keys(void **state)
{
	(void)state;
	expect("[a]\nk = v\n\n# note\n  ; note\n[b c]\nx=y",
	    "1[a]\n2 k=v\n6[b c]\n7 x=y\n");
	expect("", "");
	expect("\n\n", "");
}

static void test_blanks_around_a_value(void **state)
{
	(void)state;
	expect("k\t=\t a  b \t\n", "1 k=a  b\n");
	expect("[a]  \nk=v\r\n\r\n[b]\r\n", "1[a]\n2 k=v\n4[b]\n");
	expect("k=\n", "1 k=\n");
}

static void test_byte_order_mark(void **state)
{
	(void)state;
	expect("\xEF\xBB\xBF[a]\nk=v\n", "1[a]\n2 k=v\n");
}

static void test_what_a_value_may_hold(void **state)
{
	(void)state;
	expect("k=password=a;b\n", "1 k=password=a;b\n");
	expect("k=;x\n", "1 k=;x\n");
	expect("k=a#b:c=[d]\n", "1 k=a#b:c=[d]\n");
	expect("k=\"x\"\n", "1 k=\"x\"\n");
	expect("k=S\xC3\xA3o\n", "1 k=S\xC3\xA3o\n");
}

#define NO_INLINE                                                      \
	"! a comment needs a line of its own, and a value that holds " \
	"\" ;\" or \" #\" can only come from the environment or --set\n"

static void test_inline_comment(void **state)
{
	(void)state;
	expect("k=p ;x\n", "1" NO_INLINE);
	expect("k= ;x\n", "1" NO_INLINE);
	expect("k=p\t; x\nl=w\n", "1" NO_INLINE "2 l=w\n");
	expect("k=p # x\n", "1" NO_INLINE);
}

#define INDENTED                                                         \
	"! an indented line could be taken for more of the value above " \
	"it: begin it at the margin\n"

static void test_indented(void **state)
{
	(void)state;
	expect("k=v\n  l=w\n", "1 k=v\n2" INDENTED);
	expect("k=v\n\tmore\n", "1 k=v\n2" INDENTED);
	expect(" [s]\n", "1" INDENTED);
}

static void test_malformed_headers(void **state)
{
	static const char junk[] =
	    "1! nothing may follow the \"]\" of a section\n1[?]\n";
	static const char name[] =
	    "1! a section's name is made of letters, digits, \"_\", \"-\" and "
	    "\".\"\n1[?]\n";
	static const char space[] =
	    "1! there is no space right inside the \"[\" and \"]\"\n1[?]\n";

	(void)state;
	expect("[s]junk\n", junk);
	expect("[s] ; note\n", junk);
	expect("[s]]\n", junk);
	expect("[s\n", "1! a section's name ends with \"]\"\n1[?]\n");
	expect("[a[b]\n", name);
	expect("[a\tb]\n", name);
	expect("[S\xC3\xA3o]\n", name);
	expect("[]\n", space);
	expect("[ s]\n", space);
	expect("[s ]\n", space);
}

/* inih would count k to the section before. */
static void test_keys_below_a_malformed_header(void **state)
{
	(void)state;
	expect("[a]\n[b\nk=v\n",
	    "1[a]\n2! a section's name ends with \"]\"\n2[?]\n3 k=v\n");
}

/* inih keeps 49 bytes of a section's name. */
static void test_long_section(void **state)
{
	char text[400], told[400];
	char name[256];

	(void)state;
	memset(name, 'n', 255);
	name[255] = '\0';
	snprintf(text, sizeof text, "[%s]\nk=v\n", name);
	snprintf(told, sizeof told, "1[%s]\n2 k=v\n", name);
	expect(text, told);
	snprintf(text, sizeof text, "[%sn]\n", name);
	expect(text, "1! a section's name has at most 255 bytes\n1[?]\n");
}

static void test_malformed_pairs(void **state)
{
	static const char colon[] =
	    "1! a key and its value are joined by \"=\", not \":\"\n";
	static const char word[] =
	    "1! a key is one short word of letters, digits and \"_\"\n";

	(void)state;
	expect("=x\n", "1! there is no key before the \"=\"\n");
	expect("key: v\n", colon);
	expect("key: v=w\n", colon);
	expect("key\n",
	    "1! this is no [section], no key = value and no comment\n");
	expect("two words=x\n", word);
	expect("k;=x\n", word);
	expect("a234567890123456789012345678901234567890"
	       "1234567890123456789012345=x\n",
	    word);
}

static void test_bytes_that_are_no_text(void **state)
{
	static const char nul[] = "a=1\nk=a\0b\nb=2\n";
	static const char not_text[] =
	    "1! the line has a control character or is not UTF-8\n";

	(void)state;
	expect_n(
	    nul, sizeof nul - 1, "1 a=1\n2! the line has a NUL byte\n3 b=2\n");
	expect("k=\xC3(\n", not_text);
	expect("k=\xED\xA0\x80\n", not_text);
	expect("k=a\x1B[31m\n", not_text);
	expect("k=a\rb\n", not_text);
	expect("; note \xFF\n", not_text);
}

/* A line of LEN bytes, then another. */
static void expect_long(size_t len, bool taken)
{
	char *text = malloc(len + 16), *told = malloc(len + 64);

	assert_non_null(text);
	assert_non_null(told);
	memset(text, 'x', len);
	memcpy(text, "k=", 2);
	if (taken)
		sprintf(told, "1 %.*s\n2 l=w\n", (int)len, text);
	else
		strcpy(told, "1! the line is longer than 4096 bytes\n2 l=w\n");
	strcpy(text + len, "\nl=w\n");
	expect(text, told);
	free(text);
	free(told);
}

static void test_long_lines(void **state)
{
	(void)state;
	/* Around inih's first buffer, its doublings, and our own bound. */
	for (size_t len = 195; len <= 205; len++)
		expect_long(len, true);
	for (size_t len = 395; len <= 405; len++)
		expect_long(len, true);
	expect_long(4095, true);
	expect_long(4096, true);
	expect_long(4097, false);
	expect_long(200000, false);
}

static int fail_section(void *ctx, unsigned line, const char *name)
{
	(void)ctx;
	(void)line;
	(void)name;
	return ERR_NOMEM;
}

static void test_a_sink_that_fails(void **state)
{
	static const char text[] = "k=v\n[a]\nl=w\n!\n";
	struct conf_ini_sink sink = recorder;
	struct buf b;

	(void)state;
	sink.on_section = fail_section;
	buf_init(&b);
	assert_int_equal(
	    conf_ini_parse(text, strlen(text), &sink, &b), ERR_NOMEM);
	assert_string_equal(buf_cstr(&b), "1 k=v\n");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sections_and_keys),
	    cmocka_unit_test(test_blanks_around_a_value),
	    cmocka_unit_test(test_byte_order_mark),
	    cmocka_unit_test(test_what_a_value_may_hold),
	    cmocka_unit_test(test_inline_comment),
	    cmocka_unit_test(test_indented),
	    cmocka_unit_test(test_malformed_headers),
	    cmocka_unit_test(test_keys_below_a_malformed_header),
	    cmocka_unit_test(test_long_section),
	    cmocka_unit_test(test_malformed_pairs),
	    cmocka_unit_test(test_bytes_that_are_no_text),
	    cmocka_unit_test(test_long_lines),
	    cmocka_unit_test(test_a_sink_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
