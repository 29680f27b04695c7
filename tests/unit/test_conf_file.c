/* Config files and their includes: what is taken, what is refused where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "tests/support/conf_fixture.h"

static void put(const char *name, const char *text)
{
	conf_fixture_write(name, text, strlen(text));
}

static void test_a_whole_file(void **state)
{
	const struct conf *c =
	    conf_fixture_good(*state, "[fanoutd]\n"
	                              "listen = [::1]:1\n"
	                              "default_database = b\n"
	                              "max_line = 1MB\n"
	                              "client_write_timeout = 5s\n"
	                              "log_level = debug\n"
	                              "[database a]\n"
	                              "conninfo = host=db password=a;b\n"
	                              "read_only = yes\n"
	                              "[database b]\n"
	                              "engine = sqlite\n"
	                              "path = /tmp/b.db\n"
	                              "pool_size = 3\n");

	assert_string_equal(c->file, "f.ini");
	assert_int_equal(c->n_listen, 1);
	assert_string_equal(c->listen[0].host, "::1");
	assert_string_equal(c->default_database, "b");
	assert_int_equal(c->max_line, 1048576);
	assert_int_equal(c->client_write_timeout, 5000000);
	assert_int_equal(c->log_level, LOG_DEBUG);
	assert_int_equal(c->n_databases, 2);
	assert_string_equal(c->databases[0].name, "a");
	assert_int_equal(c->databases[0].engine, CONF_ENGINE_POSTGRES);
	assert_string_equal(c->databases[0].conninfo, "host=db password=a;b");
	assert_true(c->databases[0].read_only);
	assert_ptr_equal(conf_find_database(c, "b"), &c->databases[1]);
	assert_int_equal(c->databases[1].pool_size, 3);
	assert_null(conf_find_database(c, "c"));
}

static void test_all_errors_at_once(void **state)
{
	conf_fixture_bad(*state,
	    "[fanoutd]\n"
	    "max_lines = 16MB\n"
	    "client_buffer = 4 parsecs\n"
	    "shutdown_timeout = 30\n"
	    " workers = 1\n"
	    "log_level: info\n"
	    "[database main]\n"
	    "engine = sqllite\n"
	    "path = x.db\n"
	    "path = y.db\n"
	    "pool_size = 0\n"
	    "[databsae other]\n"
	    "pool_sise = 3\n",
	    "f.ini:2: unknown key \"max_lines\" in [fanoutd]; did you mean "
	    "\"max_line\"?\n"
	    "f.ini:3: client_buffer: \"4 parsecs\" has an unknown unit "
	    "\"parsecs\" (one of B, kB, MB, GB, TB)\n"
	    "f.ini:4: shutdown_timeout: \"30\" has no unit (one of us, ms, s, "
	    "min, h, d)\n"
	    "f.ini:5: an indented line could be taken for more of the value "
	    "above it: begin it at the margin\n"
	    "f.ini:6: a key and its value are joined by \"=\", not \":\"\n"
	    "f.ini:8: engine: \"sqllite\" is not one of postgres, sqlite; did "
	    "you mean \"sqlite\"?\n"
	    "f.ini:10: path was set before, at f.ini:9\n"
	    "f.ini:11: pool_size: \"0\" is out of range: 1 to 10000 "
	    "(connections at most)\n"
	    "f.ini:12: unknown section [databsae other]; did you mean "
	    "[database other]?\n"
	    "f.ini:13: unknown key \"pool_sise\" in [database other]; did you "
	    "mean \"pool_size\"?\n"
	    "f.ini:12: [database other] needs conninfo, since its engine is "
	    "postgres\n");
}

static void test_unknown_sections(void **state)
{
	conf_fixture_bad(*state, "[fanout]\n",
	    "f.ini:1: unknown section [fanout]; did you mean [fanoutd]?\n");
	conf_fixture_bad(*state, "[Fanoutd]\n",
	    "f.ini:1: unknown section [Fanoutd]; did you mean [fanoutd]?\n");
	conf_fixture_bad(*state, "[fanoutd x]\n",
	    "f.ini:1: unknown section [fanoutd x]; did you mean [fanoutd]?\n");
	conf_fixture_bad(*state, "[databse]\n",
	    "f.ini:1: unknown section [databse]; did you mean "
	    "[database NAME]?\n");
	conf_fixture_bad(*state, "[logging]\nlevel = x\n",
	    "f.ini:1: unknown section [logging] (known are [fanoutd] and "
	    "[database NAME])\n");
	conf_fixture_bad(*state, "[database]\npath = x\n",
	    "f.ini:1: a database needs a name, as in [database brazil]\n");
}

static void test_names_of_databases(void **state)
{
	char text[128] = "[database ";
	static const char path[] = "]\nengine = sqlite\npath = x\n";

	conf_fixture_bad(*state, "[database two words]\n",
	    "f.ini:1: a database's name is one word of letters, digits, "
	    "\"_\", \"-\" and \".\", as in [database brazil]\n");
	memset(text + 10, 'n', 63);
	strcpy(text + 73, path);
	assert_int_equal(
	    strlen(conf_fixture_good(*state, text)->databases[0].name), 63);
	text[73] = 'n';
	strcpy(text + 74, path);
	conf_fixture_bad(
	    *state, text, "f.ini:1: a database's name has at most 63 bytes\n");
}

static void test_unknown_keys(void **state)
{
	conf_fixture_bad(*state,
	    "max_line = 1MB\n"
	    "[fanoutd]\n"
	    "Max_Line = 1MB\n"
	    "max-line = 1MB\n"
	    "pool_size = 3\n"
	    "password = hunter2\n"
	    "[database fanoutd]\n"
	    "engine = sqlite\n"
	    "path = x\n"
	    "max_line = 1MB\n",
	    "f.ini:1: a key before any section: begin with [fanoutd] or "
	    "[database NAME]\n"
	    "f.ini:3: unknown key \"Max_Line\" in [fanoutd]; did you mean "
	    "\"max_line\"?\n"
	    "f.ini:4: unknown key \"max-line\" in [fanoutd]; did you mean "
	    "\"max_line\"?\n"
	    "f.ini:5: unknown key \"pool_size\" in [fanoutd]: it belongs in "
	    "[database NAME]\n"
	    "f.ini:6: unknown key \"password\" in [fanoutd]\n"
	    "f.ini:10: unknown key \"max_line\" in [database fanoutd]: it "
	    "belongs in [fanoutd]\n");
}

static void test_duplicates(void **state)
{
	conf_fixture_bad(*state,
	    "[fanoutd]\n"
	    "workers = 1\n"
	    "workers = 1\n"
	    "[database a]\n"
	    "engine = sqlite\n"
	    "path = x\n"
	    "[fanoutd]\n"
	    "[database a]\n"
	    "path = y\n",
	    "f.ini:3: workers was set before, at f.ini:2\n"
	    "f.ini:7: [fanoutd] was begun before, at f.ini:1: put its keys "
	    "together\n"
	    "f.ini:8: [database a] was begun before, at f.ini:4: put its keys "
	    "together\n"
	    "f.ini:9: path was set before, at f.ini:6\n");
}

/* Whose keys these are is anybody's guess; which databases there are, too. */
static void test_below_a_broken_header(void **state)
{
	conf_fixture_bad(*state,
	    "[fanoutd]\n"
	    "default_database = b\n"
	    "[database b\n"
	    "max_line = nonsense\n",
	    "f.ini:3: a section's name ends with \"]\"\n");
}

static void test_no_such_file(void **state)
{
	struct conf_fixture *f = *state;

	conf_fixture_load(f, "none.ini");
	assert_int_equal(f->rc, ERR_INVALID);
	assert_string_equal(buf_cstr(&f->errors),
	    "none.ini: cannot be read: No such file or directory\n");
	conf_fixture_load(f, ".");
	assert_string_equal(
	    buf_cstr(&f->errors), ".: cannot be read: Is a directory\n");
}

static void test_a_file_without_end(void **state)
{
	struct conf_fixture *f = *state;

	conf_fixture_load(f, "/dev/zero");
	assert_int_equal(f->rc, ERR_INVALID);
	assert_string_equal(buf_cstr(&f->errors),
	    "/dev/zero: cannot be read: it is over 1MB\n");
}

static void test_an_empty_file(void **state)
{
	const struct conf *c = conf_fixture_good(*state, "");

	assert_int_equal(c->n_databases, 1);
	assert_string_equal(c->databases[0].name, "fanout");
}

/* The order is that of bytes, whatever the locale and the folder say. */
static void test_includes_override_in_sorted_order(void **state)
{
	const struct conf *c;

	assert_int_equal(mkdir("conf.d", 0700), 0);
	put("conf.d/b.ini", "[fanoutd]\nmax_line = 2MB\n"
	                    "max_statements = 2\n");
	put("conf.d/a.ini", "[fanoutd]\nmax_line = 1MB\n"
	                    "max_client_conn = 1\n");
	put("conf.d/C.ini", "[fanoutd]\nmax_line = 3MB\n"
	                    "max_statements = 3\n"
	                    "[database late]\nengine = sqlite\npath = x\n");
	put("conf.d/.hidden.ini", "[nonsense]\n");
	put("conf.d/note.txt", "[nonsense]\n");
	c = conf_fixture_good(*state, "[fanoutd]\n"
	                              "include = conf.d/*.ini\n"
	                              "max_line = 4MB\n"
	                              "max_batches_per_client = 4\n"
	                              "[database early]\n"
	                              "engine = sqlite\n"
	                              "path = x\n");
	assert_int_equal(c->max_line, 2 << 20);
	assert_int_equal(c->max_statements, 2);
	assert_int_equal(c->max_client_conn, 1);
	assert_int_equal(c->max_batches_per_client, 4);
	assert_string_equal(c->default_database, "early");
	assert_int_equal(c->n_databases, 2);
	assert_string_equal(c->include, "conf.d/*.ini");
}

/* Also when the folder's name looks like a pattern. */
static void test_includes_are_sought_from_the_including_file(void **state)
{
	struct conf_fixture *f = *state;

	assert_int_equal(mkdir("a", 0700), 0);
	assert_int_equal(mkdir("a/[b]*", 0700), 0);
	assert_int_equal(mkdir("a/[b]*/c", 0700), 0);
	put("a/[b]*/f.ini", "[fanoutd]\ninclude = c/1.ini, ./[0-9].ini\n");
	put("a/[b]*/c/1.ini", "[fanoutd]\ninclude = 2.ini\n"
	                      "max_line = 1MB\n");
	put("a/[b]*/c/2.ini", "[fanoutd]\nmax_statements = 2\n");
	put("a/[b]*/3.ini", "[fanoutd]\nmax_client_conn = 3\n");
	conf_fixture_load(f, "a/[b]*/f.ini");
	assert_string_equal(buf_cstr(&f->errors), "");
	assert_int_equal(f->conf->max_line, 1 << 20);
	assert_int_equal(f->conf->max_statements, 2);
	assert_int_equal(f->conf->max_client_conn, 3);
	assert_string_equal(f->conf->include, "c/1.ini, ./[0-9].ini");
}

static void test_an_include_by_absolute_path(void **state)
{
	struct conf_fixture *f = *state;
	char text[128];
	struct buf b;

	buf_init(&b);
	put("other.ini", "[fanoutd]\nmax_statements = 2\n");
	buf_appendf(&b, "[fanoutd]\ninclude = %s/other.ini\n", f->folder);
	assert_true(b.len < sizeof text);
	strcpy(text, buf_cstr(&b));
	buf_release(&b);
	assert_int_equal(mkdir("sub", 0700), 0);
	put("sub/f.ini", text);
	conf_fixture_load(f, "sub/f.ini");
	assert_int_equal(f->rc, 0);
	assert_int_equal(f->conf->max_statements, 2);
}

static void test_errors_in_an_include(void **state)
{
	assert_int_equal(mkdir("d", 0700), 0);
	put("d/x.ini", "[fanoutd]\n\nworkers = 2\n[database a]\npth = x\n");
	conf_fixture_bad(*state,
	    "[fanoutd]\n"
	    "include = d/x.ini\n"
	    "[database a]\n"
	    "engine = sqlite\n"
	    "path = x\n"
	    "pool_size = no\n",
	    "f.ini:6: pool_size: \"no\" is not a whole number\n"
	    "d/x.ini:3: workers: \"2\" is out of range: it must be 1 (event "
	    "loops; more than one is not supported yet)\n"
	    "d/x.ini:5: unknown key \"pth\" in [database a]; did you mean "
	    "\"path\"?\n");
}

/* That it may hold the database is no second mistake. */
static void test_a_missing_include(void **state)
{
	conf_fixture_bad(*state,
	    "[fanoutd]\n"
	    "default_database = brazil\n"
	    "include = none.ini\n",
	    "f.ini:3: include: none.ini cannot be read: No such file or "
	    "directory\n");
	conf_fixture_bad(*state, "[fanoutd]\ninclude = a,\n",
	    "f.ini:2: include: a cannot be read: No such file or directory\n"
	    "f.ini:2: include: a comma too many\n");
}

static void test_a_pattern_may_match_nothing(void **state)
{
	static const char text[] = "[fanoutd]\ninclude = conf.d/*.ini\n";

	conf_fixture_bad(*state, text,
	    "f.ini:2: include: \"conf.d/*.ini\" cannot be searched: No such "
	    "file or directory\n");
	assert_int_equal(mkdir("conf.d", 0700), 0);
	conf_fixture_good(*state, text);
}

#define CIRCLE                                                           \
	" was read before: includes must not go in circles, nor name a " \
	"file twice\n"

static void test_circles(void **state)
{
	conf_fixture_bad(*state, "[fanoutd]\ninclude = f.ini\n",
	    "f.ini:2: include: f.ini" CIRCLE);
	put("g.ini", "[fanoutd]\ninclude = h.ini\n");
	put("h.ini", "[fanoutd]\ninclude = f.ini\n");
	conf_fixture_bad(*state, "[fanoutd]\ninclude = g.ini\n",
	    "h.ini:2: include: f.ini" CIRCLE);
	assert_int_equal(symlink("f.ini", "same.ini"), 0);
	conf_fixture_bad(*state, "[fanoutd]\ninclude = s*.ini\n",
	    "f.ini:2: include: same.ini" CIRCLE);
	put("g.ini", "");
	conf_fixture_bad(*state, "[fanoutd]\ninclude = g.ini, g.ini\n",
	    "f.ini:2: include: g.ini" CIRCLE);
}

static void test_nested_too_deep(void **state)
{
	char name[16], text[64];

	for (int i = 1; i <= 17; i++) {
		snprintf(name, sizeof name, "%d.ini", i);
		snprintf(
		    text, sizeof text, "[fanoutd]\ninclude = %d.ini\n", i + 1);
		put(name, text);
	}
	conf_fixture_bad(*state, "[fanoutd]\ninclude = 1.ini\n",
	    "16.ini:2: include: files are nested more than 16 deep\n");
	put("16.ini", "");
	conf_fixture_good(*state, "[fanoutd]\ninclude = 1.ini\n");
}

#define test(name)                       \
	cmocka_unit_test_setup_teardown( \
	    name, conf_fixture_setup, conf_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(test_a_whole_file),
	    test(test_all_errors_at_once),
	    test(test_unknown_sections),
	    test(test_names_of_databases),
	    test(test_unknown_keys),
	    test(test_duplicates),
	    test(test_below_a_broken_header),
	    test(test_no_such_file),
	    test(test_a_file_without_end),
	    test(test_an_empty_file),
	    test(test_includes_override_in_sorted_order),
	    test(test_includes_are_sought_from_the_including_file),
	    test(test_an_include_by_absolute_path),
	    test(test_errors_in_an_include),
	    test(test_a_missing_include),
	    test(test_a_pattern_may_match_nothing),
	    test(test_circles),
	    test(test_nested_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
