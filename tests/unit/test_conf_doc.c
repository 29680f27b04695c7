/*
 * conf/fanoutd.ini and the tables of docs/configuration.md are what the table
 * of keys says. After a change to it, from the top folder:
 *
 *     UPDATE=1 build/tests/unit/test_conf_doc
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "conf/conf_keys.h"

#define SAMPLE "conf/fanoutd.ini"
#define DOCS "docs/configuration.md"
#define BEGIN "<!-- From conf/conf_keys.h: begin -->\n"
#define END "<!-- From conf/conf_keys.h: end -->\n"

static void read_whole(const char *path, struct buf *text)
{
	char chunk[4096];
	FILE *in = fopen(path, "r");
	size_t n;

	assert_non_null(in);
	while ((n = fread(chunk, 1, sizeof chunk, in)) > 0)
		buf_append(text, chunk, n);
	assert_int_equal(ferror(in), 0);
	fclose(in);
	assert_non_null(buf_cstr(text));
}

/* Is the file's text RIGHT? With UPDATE set, it is made so. */
static void check_file(const char *path, struct buf *right)
{
	struct buf text;
	FILE *out;

	assert_non_null(buf_cstr(right));
	if (getenv("UPDATE")) {
		out = fopen(path, "w");
		assert_non_null(out);
		fwrite(right->data, 1, right->len, out);
		assert_int_equal(fclose(out), 0);
	}
	buf_init(&text);
	read_whole(path, &text);
	assert_string_equal(text.data, right->data);
	buf_release(&text);
}

static void test_the_sample_is_up_to_date(void **state)
{
	struct buf sample;

	(void)state;
	buf_init(&sample);
	conf_write_sample(&sample);
	check_file(SAMPLE, &sample);
	buf_release(&sample);
}

static void load(const char *file, struct conf **conf)
{
	struct conf_source source = {.file = file};
	struct buf errors;
	int rc;

	buf_init(&errors);
	rc = conf_load(&source, conf, &errors);
	assert_string_equal(buf_cstr(&errors), "");
	assert_int_equal(rc, 0);
	buf_release(&errors);
}

static void test_the_sample_is_what_holds_without_it(void **state)
{
	struct conf *sample, *nothing;
	struct buf changes;

	(void)state;
	load(SAMPLE, &sample);
	load(NULL, &nothing);
	buf_init(&changes);
	conf_diff(nothing, sample, &changes);
	assert_string_equal(buf_cstr(&changes), "");
	buf_release(&changes);
	conf_free(&sample);
	conf_free(&nothing);
}

static void test_the_sample_has_every_key(void **state)
{
	struct buf sample, line;

	(void)state;
	buf_init(&sample);
	buf_init(&line);
	conf_write_sample(&sample);
	assert_non_null(buf_cstr(&sample));
	for (size_t i = 0; i < CONF_N_KEYS; i++) {
		buf_clear(&line);
		buf_appendf(&line, "%s = ", conf_keys[i].name);
		assert_non_null(strstr(sample.data, buf_cstr(&line)));
	}
	buf_release(&sample);
	buf_release(&line);
}

static void test_the_docs_are_up_to_date(void **state)
{
	struct buf text, right;
	const char *begin, *end;

	(void)state;
	buf_init(&text);
	buf_init(&right);
	read_whole(DOCS, &text);
	begin = strstr(text.data, BEGIN);
	end = strstr(text.data, END);
	assert_non_null(begin);
	assert_non_null(end);
	begin += strlen(BEGIN);
	buf_append(&right, text.data, (size_t)(begin - text.data));
	conf_write_reference(&right);
	buf_append_str(&right, end);
	check_file(DOCS, &right);
	buf_release(&text);
	buf_release(&right);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_sample_is_up_to_date),
	    cmocka_unit_test(test_the_sample_is_what_holds_without_it),
	    cmocka_unit_test(test_the_sample_has_every_key),
	    cmocka_unit_test(test_the_docs_are_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
