/* What is well-formed UTF-8, and counting its characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/utf8.h"

struct sample {
	const char *bytes;
	size_t valid; /* so many of them */
};

/*
 * SAMPLE at every offset from where the reader takes eight bytes a step, with
 * nothing and with something behind it.
 */
static void expect_valid(const struct sample *sample)
{
	char text[64];
	size_t len = strlen(sample->bytes);
	size_t behind = sample->valid == len ? 20 : 0;

	for (size_t pad = 0; pad < 20; pad++) {
		memset(text, 'a', sizeof text);
		memcpy(text + pad, sample->bytes, len);
		assert_int_equal(
		    utf8_valid_prefix(text, pad + len), pad + sample->valid);
		assert_int_equal(utf8_valid_prefix(text, pad + len + 20),
		    pad + sample->valid + behind);
	}
}

static void well_formed_text_is_valid_to_its_end(void **state)
{
	static const struct sample samples[] = {
	    {"", 0}, {"plain", 5}, {"\x7f", 1}, {"\xC2\x80", 2}, /* U+0080 */
	    {"São Tomé", 10}, {"\xE0\xA0\x80", 3}, /* U+0800 */
	    {"\xED\x9F\xBF", 3}, /* U+D7FF */
	    {"\xEF\xBF\xBF", 3}, /* U+FFFF */
	    {"\xF0\x90\x80\x80", 4}, /* U+10000 */
	    {"\xF4\x8F\xBF\xBF", 4}, /* U+10FFFF */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		expect_valid(&samples[i]);
}

static void the_first_bad_byte_is_found(void **state)
{
	static const struct sample samples[] = {
	    {"ab\x80", 2}, /* a tail alone */
	    {"ab\xFF", 2}, {"\xC0\xAF", 0}, /* overlong "/" */
	    {"\xC1\xBF", 0}, {"\xE0\x9F\xBF", 0}, /* overlong U+07FF */
	    {"\xF0\x8F\xBF\xBF", 0}, /* overlong U+FFFF */
	    {"\xED\xA0\x80", 0}, /* surrogate U+D800 */
	    {"\xED\xBF\xBF", 0}, /* surrogate U+DFFF */
	    {"\xF4\x90\x80\x80", 0}, /* U+110000 */
	    {"\xF5\x80\x80\x80", 0}, {"é\xC3", 2}, /* cut short */
	    {"é\xE2\x82", 2}, {"é\xF0\x9F\x98", 2},
	    {"\xE2\x28\xA1", 0}, /* no tail where one is due */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		expect_valid(&samples[i]);
}

static void nul_is_a_character(void **state)
{
	(void)state;
	assert_int_equal(utf8_valid_prefix("a\0b", 3), 3);
}

static void count_counts_characters(void **state)
{
	(void)state;
	assert_int_equal(utf8_count("", 0), 0);
	assert_int_equal(utf8_count("São", 4), 3);
	assert_int_equal(utf8_count("€😀", 7), 2);
}

static void offset_is_where_a_character_begins(void **state)
{
	static const char text[] = "a€é😀b";
	static const size_t offsets[] = {0, 1, 4, 6, 10, 11, 11};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(offsets); n++)
		assert_int_equal(
		    utf8_offset(text, sizeof text - 1, n), offsets[n]);
	assert_int_equal(utf8_offset("", 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(well_formed_text_is_valid_to_its_end),
	    cmocka_unit_test(the_first_bad_byte_is_found),
	    cmocka_unit_test(nul_is_a_character),
	    cmocka_unit_test(count_counts_characters),
	    cmocka_unit_test(offset_is_where_a_character_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
