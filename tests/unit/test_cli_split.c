/* Where statements begin and end, past quotes and comments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/split.h"

#include "base/macros.h"

/* TEXT's statements, joined by "|", and whether the last was closed. */
static void expect(const char *text, const char *joined, bool closed)
{
	char out[512] = "";
	struct split_span span;
	size_t pos = 0;
	bool was_closed = false, c;

	while (split_next(text, strlen(text), &pos, &span, &c)) {
		if (*out)
			strcat(out, "|");
		strncat(out, text + span.start, span.len);
		was_closed = c;
	}
	assert_string_equal(out, joined);
	assert_int_equal(was_closed, closed);
	assert_int_equal(pos, strlen(text));
}

static void test_plain(void **state)
{
	(void)state;
	expect("", "", false);
	expect(" ; ;; ", "", false);
	expect("a", "a", false);
	expect("a;", "a", true);
	expect(" a b ; c ", "a b|c", false);
	expect(";a;;b;", "a|b", true);
}

static void test_comments(void **state)
{
	(void)state;
	expect("-- x; y\na -- ;\n;b", "a|b", false);
	expect("/* ; /* ; */ ; */ a; /* b", "a", true);
	expect("a /* ; */ b;", "a /* ; */ b", true);
	expect("a; -- end", "a", true);
}

static void test_quotes(void **state)
{
	(void)state;
	expect("a ';' b;c", "a ';' b|c", false);
	expect("'it''s;';c", "'it''s;'|c", false);
	expect("\"x;\"\"y;\";c", "\"x;\"\"y;\"|c", false);
	expect("'\\';c", "'\\'|c", false);
	expect("E'\\';';c", "E'\\';'|c", false);
	expect("nameE'\\';c", "nameE'\\'|c", false);
	expect("'open; c", "'open; c", false);
	expect("e'open\\", "e'open\\", false);
}

static void test_dollars(void **state)
{
	(void)state;
	expect("$$ ; $$;c", "$$ ; $$|c", false);
	expect("$a$ ; $$ ; $a$;c", "$a$ ; $$ ; $a$|c", false);
	expect("$1;$2", "$1|$2", false);
	expect("x$a$;y$a$", "x$a$|y$a$", false);
	expect("$open$ ; c", "$open$ ; c", false);
	expect("a$", "a$", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_comments),
	    cmocka_unit_test(test_quotes),
	    cmocka_unit_test(test_dollars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
