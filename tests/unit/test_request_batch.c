/* The batch request: every field, its default, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "planner/plan.h"
#include "proxy/request_batch.h"
#include "proxy/request_json.h"

struct fixture {
	struct batch *b;
	struct err e;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	batch_free(&f->b);
	return 0;
}

static int read_batch(struct fixture *f, const char *line)
{
	json_t *object;
	int rc;

	batch_free(&f->b);
	f->b = batch_new();
	assert_non_null(f->b);
	if (request_parse(line, strlen(line), &object, &f->e))
		fail_msg("%s", f->e.message);
	rc = request_batch_read(object, f->b, &f->e);
	json_decref(object); /* everything was copied */
	return rc;
}

static const struct batch *take(struct fixture *f, const char *line)
{
	if (read_batch(f, line))
		fail_msg("%s", f->e.message);
	return f->b;
}

static void refuse(struct fixture *f, const char *line, const char *message)
{
	assert_int_equal(read_batch(f, line), ERR_INVALID);
	assert_string_equal(f->e.message, message);
	assert_string_equal(f->e.sqlstate, SQLSTATE_PROTOCOL);
}

/* Plans what was read, and checks it. */
static int check_plan(struct fixture *f)
{
	struct batch *b = f->b;

	b->ask.max_stmts = 100;
	if (plan_build(&b->ask, &b->arena, &b->plan, &f->e))
		fail_msg("%s", f->e.message);
	return request_batch_check_plan(b, &f->e);
}

static void what_is_not_given_has_its_default(void **state)
{
	const struct batch *b =
	    take(*state, "{\"type\":\"batch\",\"sql\":\"SELECT 1\"}");

	assert_null(b->id);
	assert_null(b->db);
	assert_string_equal(b->ask.script, "SELECT 1");
	assert_int_equal(b->ask.script_len, 8);
	assert_int_equal(b->order, ORDER_COMPLETION);
	assert_false(b->ask.statement_order);
	assert_int_equal(b->ask.dispatch, PLAN_AUTO);
	assert_int_equal(b->on_error, ON_ERROR_CONTINUE);
	assert_int_equal(b->until, UNTIL_ALL);
	assert_int_equal(b->types, TYPES_TEXT);
	assert_false(b->transaction);
	assert_false(b->progress);
	assert_int_equal(b->max_concurrency, 0);
	assert_int_equal(b->timeout_us, 0);
	assert_true(batch_stmt_at(b, 0)->want_rows);
	assert_int_equal(batch_stmt_at(b, 0)->priority, 0);
	assert_int_equal(batch_stmt_at(b, 0)->timeout_us, 0);
}

static void a_transaction_cannot_be_won_by_the_first(void **state)
{
	static const char both[] = "{\"type\":\"batch\",\"sql\":\"SELECT 1\","
	                           "\"transaction\":true,\"until\":\"first\"}";
	const struct batch *b =
	    take(*state, "{\"type\":\"batch\",\"sql\":\"SELECT 1\","
	                 "\"transaction\":true}");

	assert_true(b->transaction && b->ask.transaction);
	refuse(*state, both,
	    "until: \"first\" would undo what won, since \"transaction\" is "
	    "all or nothing");
}

static void every_field_of_a_batch_is_read(void **state)
{
	const struct batch *b = take(*state,
	    "{\"type\":\"batch\",\"id\":\"b1\",\"db\":\"brazil\","
	    "\"sql\":\"SELECT 1\",\"want\":\"count\","
	    "\"order\":\"statement\",\"dispatch\":\"serial\","
	    "\"on_error\":\"cancel\",\"until\":\"first\","
	    "\"max_concurrency\":8,\"snapshot\":false,"
	    "\"timeout_ms\":250,\"priority\":-3,\"types\":\"json\","
	    "\"progress\":true,\"x_note\":\"ignored\"}");

	assert_string_equal(b->id, "b1");
	assert_string_equal(b->db, "brazil");
	assert_int_equal(b->order, ORDER_STATEMENT);
	assert_true(b->ask.statement_order);
	assert_int_equal(b->ask.dispatch, PLAN_SERIALLY);
	assert_int_equal(b->on_error, ON_ERROR_CANCEL);
	assert_int_equal(b->until, UNTIL_FIRST);
	assert_int_equal(b->types, TYPES_JSON);
	assert_false(b->transaction);
	assert_true(b->progress);
	assert_int_equal(b->max_concurrency, 8);
	assert_int_equal(b->timeout_us, 250 * US_PER_MS);
	assert_false(batch_stmt_at(b, 0)->want_rows);
	assert_int_equal(batch_stmt_at(b, 0)->priority, -3);
}

static void every_field_of_a_statement_is_read(void **state)
{
	const struct batch *b = take(*state,
	    "{\"statements\":[{\"id\":\"a\",\"sql\":\"SELECT 1\"},"
	    "{\"id\":\"b\",\"sql\":\"SELECT $1\",\"params\":[\"x\"],"
	    "\"want\":\"count\",\"after\":[\"a\"],\"timeout_ms\":5,"
	    "\"priority\":7,\"idempotent\":true,\"data\":\"d\\n\"}]}");
	const struct plan_item *item = &b->ask.items[1];
	const struct batch_stmt *s = batch_stmt_at(b, 1);

	assert_int_equal(b->ask.n_items, 2);
	assert_string_equal(item->id, "b");
	assert_string_equal(item->sql, "SELECT $1");
	assert_int_equal(item->len, 9);
	assert_int_equal(item->n_after, 1);
	assert_string_equal(item->after[0], "a");
	assert_false(s->want_rows);
	assert_int_equal(s->timeout_us, 5 * US_PER_MS);
	assert_int_equal(s->priority, 7);
	assert_int_equal(s->n_params, 1);
	assert_string_equal(s->copy_data, "d\n");
	assert_int_equal(s->copy_len, 2);
}

static void a_statement_inherits_from_its_batch_wherever_that_says_so(
    void **state)
{
	const struct batch *b = take(*state,
	    "{\"statements\":[{\"sql\":\"SELECT 1\"},"
	    "{\"sql\":\"SELECT 2\",\"want\":\"rows\",\"priority\":1}],"
	    "\"want\":\"count\",\"priority\":9}");

	assert_false(batch_stmt_at(b, 0)->want_rows);
	assert_int_equal(batch_stmt_at(b, 0)->priority, 9);
	assert_true(batch_stmt_at(b, 1)->want_rows);
	assert_int_equal(batch_stmt_at(b, 1)->priority, 1);
}

static void params_become_text_or_null(void **state)
{
	static const char *const texts[] = {
	    "", "é", NULL, "9223372036854775807", "-1", "0.1", "true", "false"};
	const struct batch_stmt *s = batch_stmt_at(
	    take(*state, "{\"statements\":[{\"sql\":\"x\",\"params\":"
	                 "[\"\",\"é\",null,9223372036854775807,-1,0.1,true,"
	                 "false]}]}"),
	    0);

	assert_int_equal(s->n_params, ARRAY_LEN(texts));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i])
			assert_string_equal(s->params[i], texts[i]);
		else
			assert_null(s->params[i]);
	}
}

static void params_that_are_no_value_are_refused(void **state)
{
	refuse(*state, "{\"statements\":[{\"sql\":\"x\",\"params\":[1,[2]]}]}",
	    "statements[0].params[1]: must be a string, a number, true, false "
	    "or null (send JSON as a string)");
	refuse(*state,
	    "{\"statements\":[{\"sql\":\"x\",\"params\":[\"\\u0000\"]}]}",
	    "statements[0].params[0]: has a NUL character at position 1");
	refuse(*state, "{\"statements\":[{\"sql\":\"x\",\"params\":{}}]}",
	    "statements[0].params: must be a list");
}

static void an_unknown_field_is_refused_with_the_nearest(void **state)
{
	refuse(*state, "{\"sql\":\"x\",\"on_eror\":\"stop\"}",
	    "unknown field \"on_eror\": did you mean \"on_error\"?");
	refuse(*state, "{\"statements\":[{\"sql\":\"x\",\"afer\":[]}]}",
	    "statements[0]: unknown field \"afer\": did you mean \"after\"?");
	/* What a batch has, a statement may not have, and the reverse. */
	refuse(*state,
	    "{\"statements\":[{\"sql\":\"x\",\"on_error\":\"stop\"}]}",
	    "statements[0]: unknown field \"on_error\"");
	refuse(*state, "{\"sql\":\"x\",\"params\":[]}",
	    "unknown field \"params\"");
}

static void an_unknown_word_is_refused_with_the_nearest(void **state)
{
	refuse(*state, "{\"sql\":\"x\",\"on_error\":\"sotp\"}",
	    "on_error: must be one of \"continue\", \"stop\", \"cancel\": did "
	    "you mean \"stop\"?");
	refuse(*state, "{\"sql\":\"x\",\"dispatch\":\"paralel\"}",
	    "dispatch: must be one of \"auto\", \"independent\", \"serial\"");
}

static void numbers_out_of_range_are_refused(void **state)
{
	refuse(*state, "{\"sql\":\"x\",\"max_concurrency\":0}",
	    "max_concurrency: must be from 1 to 2147483647");
	refuse(*state, "{\"sql\":\"x\",\"timeout_ms\":-1}",
	    "timeout_ms: must be from 0 to 9223372036854775");
	refuse(*state, "{\"sql\":\"x\",\"timeout_ms\":9223372036854776}",
	    "timeout_ms: must be from 0 to 9223372036854775");
	refuse(*state, "{\"sql\":\"x\",\"priority\":2147483648}",
	    "priority: must be from -2147483648 to 2147483647");
	refuse(*state, "{\"statements\":[{\"sql\":\"x\",\"timeout_ms\":0.5}]}",
	    "statements[0].timeout_ms: must be a whole number");
}

static void a_batch_is_a_script_or_a_list(void **state)
{
	refuse(*state, "{\"type\":\"batch\"}",
	    "a batch needs \"sql\" or \"statements\"");
	refuse(*state, "{\"sql\":\"x\",\"statements\":[]}",
	    "a batch has either \"sql\" or \"statements\", not both");
	refuse(*state, "{\"statements\":{}}", "statements: must be a list");
	refuse(
	    *state, "{\"statements\":[1]}", "statements[0]: must be an object");
	refuse(*state, "{\"statements\":[{\"id\":\"a\"}]}",
	    "statements[0].sql: is missing");
	refuse(*state, "{\"sql\":null}", "sql: must be a string");
}

static void nul_in_sql_is_refused_with_its_place(void **state)
{
	refuse(*state, "{\"sql\":\"SELECT 'ã\\u0000'\"}",
	    "sql: has a NUL character at position 10");
	refuse(*state,
	    "{\"statements\":[{\"sql\":\"x\"},{\"sql\":\"\\u0000\"}]}",
	    "statements[1].sql: has a NUL character at position 1");
}

static void ids_have_a_bound_and_are_not_empty(void **state)
{
	refuse(*state, "{\"id\":\"\",\"sql\":\"x\"}",
	    "id: must have from 1 to 256 bytes");
	refuse(*state, "{\"id\":7,\"sql\":\"x\"}", "id: must be a string");
	refuse(*state, "{\"statements\":[{\"sql\":\"x\",\"id\":\"\"}]}",
	    "statements[0].id: must have from 1 to 256 bytes");
	refuse(*state, "{\"statements\":[{\"sql\":\"x\",\"after\":[\"\"]}]}",
	    "statements[0].after[0]: must have from 1 to 256 bytes");
	refuse(*state, "{\"statements\":[{\"sql\":\"x\",\"after\":\"a\"}]}",
	    "statements[0].after: must be a list of ids");
}

static void a_refused_batch_still_has_its_id(void **state)
{
	struct fixture *f = *state;

	refuse(f, "{\"on_eror\":1,\"sql\":\"x\",\"id\":\"b7\"}",
	    "unknown field \"on_eror\": did you mean \"on_error\"?");
	assert_string_equal(f->b->id, "b7");
}

static void a_snapshot_is_refused_while_there_is_none(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    read_batch(f, "{\"sql\":\"x\",\"snapshot\":true}"), ERR_INVALID);
	assert_string_equal(f->e.sqlstate, SQLSTATE_UNSUPPORTED);
}

static void data_is_taken_by_copy_from_stdin_alone(void **state)
{
	struct fixture *f = *state;

	take(f, "{\"statements\":[{\"sql\":\"COPY t FROM STDIN\","
	        "\"data\":\"1\\n\"}]}");
	assert_int_equal(check_plan(f), 0);
	take(f, "{\"statements\":[{\"sql\":\"SELECT 1\"},"
	        "{\"sql\":\"SELECT 2\",\"data\":\"\"}]}");
	assert_int_equal(check_plan(f), ERR_INVALID);
	assert_string_equal(f->e.message,
	    "statements[1].data: only COPY … FROM STDIN takes data");
}

#define BATCH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BATCH_TEST(what_is_not_given_has_its_default),
	    BATCH_TEST(a_transaction_cannot_be_won_by_the_first),
	    BATCH_TEST(every_field_of_a_batch_is_read),
	    BATCH_TEST(every_field_of_a_statement_is_read),
	    BATCH_TEST(
	        a_statement_inherits_from_its_batch_wherever_that_says_so),
	    BATCH_TEST(params_become_text_or_null),
	    BATCH_TEST(params_that_are_no_value_are_refused),
	    BATCH_TEST(an_unknown_field_is_refused_with_the_nearest),
	    BATCH_TEST(an_unknown_word_is_refused_with_the_nearest),
	    BATCH_TEST(numbers_out_of_range_are_refused),
	    BATCH_TEST(a_batch_is_a_script_or_a_list),
	    BATCH_TEST(nul_in_sql_is_refused_with_its_place),
	    BATCH_TEST(ids_have_a_bound_and_are_not_empty),
	    BATCH_TEST(a_refused_batch_still_has_its_id),
	    BATCH_TEST(a_snapshot_is_refused_while_there_is_none),
	    BATCH_TEST(data_is_taken_by_copy_from_stdin_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
