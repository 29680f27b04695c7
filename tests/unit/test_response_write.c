/* Each frame as the bytes that go out: one line, strict JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/response_write.h"

static int set_up(void **state)
{
	static struct buf out;

	buf_init(&out);
	*state = &out;
	return 0;
}

static int tear_down(void **state)
{
	buf_release(*state);
	return 0;
}

static void expect(struct buf *out, const char *line)
{
	assert_string_equal(buf_cstr(out), line);
	buf_clear(out);
}

static struct backend_value value(const char *text, enum value_kind kind)
{
	return (struct backend_value){
	    .text = text, .len = text ? strlen(text) : 0, .kind = kind};
}

static void a_batch_is_accepted_or_rejected(void **state)
{
	struct err e;

	write_accepted(*state, "b\"1", 3);
	expect(*state, "{\"type\":\"accepted\",\"batch\":\"b\\\"1\","
	               "\"statements\":3}\n");
	err_set(&e, ERR_LIMIT, SQLSTATE_LIMIT, "more than max_statements");
	write_rejected(*state, "b", &e);
	expect(*state, "{\"type\":\"rejected\",\"batch\":\"b\",\"error\":"
	               "{\"source\":\"proxy\",\"severity\":\"ERROR\","
	               "\"sqlstate\":\"54000\","
	               "\"message\":\"more than max_statements\"}}\n");
}

static void a_line_that_was_not_understood_is_an_error(void **state)
{
	struct err e;

	err_set(&e, ERR_INVALID, SQLSTATE_PROTOCOL, "no");
	write_error(*state, &e);
	expect(*state, "{\"type\":\"error\",\"error\":{\"source\":\"proxy\","
	               "\"severity\":\"ERROR\",\"sqlstate\":\"08P01\","
	               "\"message\":\"no\"}}\n");
}

static void a_ping_is_answered(void **state)
{
	write_pong(*state);
	expect(*state, "{\"type\":\"pong\"}\n");
}

static void a_start_names_the_connection(void **state)
{
	write_started(*state, "b", "2", 4);
	expect(*state, "{\"type\":\"started\",\"batch\":\"b\",\"id\":\"2\","
	               "\"conn\":4}\n");
}

static void columns_have_name_type_and_oid(void **state)
{
	static const struct backend_column columns[] = {
	    {"a\n", "int4", 23}, {"b", "", 4294967295u}};

	write_columns(*state, "b", "1", columns, 2);
	expect(*state, "{\"type\":\"columns\",\"batch\":\"b\",\"id\":\"1\","
	               "\"columns\":[{\"name\":\"a\\n\",\"type\":\"int4\","
	               "\"oid\":23},{\"name\":\"b\",\"type\":\"\","
	               "\"oid\":4294967295}]}\n");
	write_columns(*state, "b", "1", NULL, 0);
	expect(*state, "{\"type\":\"columns\",\"batch\":\"b\",\"id\":\"1\","
	               "\"columns\":[]}\n");
}

static void rows_are_gathered_in_a_frame(void **state)
{
	struct backend_value v[] = {
	    value("São", VALUE_TEXT), value(NULL, VALUE_NULL)};

	write_rows_open(*state, "b", "1");
	write_row(*state, v, 2, true, TYPES_TEXT);
	write_row(*state, v, 1, false, TYPES_TEXT);
	write_row(*state, NULL, 0, false, TYPES_TEXT);
	write_rows_close(*state);
	expect(*state, "{\"type\":\"rows\",\"batch\":\"b\",\"id\":\"1\","
	               "\"rows\":[[\"São\",null],[\"São\"],[]]}\n");
}

static void text_types_write_every_value_as_a_string(void **state)
{
	struct backend_value v[] = {value("1", VALUE_NUMBER),
	    value("t", VALUE_BOOL), value("{}", VALUE_JSON)};

	write_row(*state, v, 3, true, TYPES_TEXT);
	expect(*state, "[\"1\",\"t\",\"{}\"]");
}

static void json_types_write_values_natively(void **state)
{
	struct backend_value v[] = {value("-1.5e3", VALUE_NUMBER),
	    value("t", VALUE_BOOL), value("f", VALUE_BOOL),
	    value("{\"a\":\n[]}", VALUE_JSON), value("NaN", VALUE_TEXT),
	    value(NULL, VALUE_NULL)};

	write_row(*state, v, 6, true, TYPES_JSON);
	expect(*state, "[-1.5e3,true,false,{\"a\": []},\"NaN\",null]");
}

static void bytes_that_are_not_utf8_do_not_break_the_line(void **state)
{
	struct backend_value v[] = {value("a\xFF\n", VALUE_TEXT)};

	write_row(*state, v, 1, true, TYPES_TEXT);
	expect(*state, "[\"a\xEF\xBF\xBD\\n\"]");
}

static void copy_and_notices_are_told(void **state)
{
	write_copy(*state, "b", "1", "1\tx\n", 4);
	expect(*state, "{\"type\":\"copy\",\"batch\":\"b\",\"id\":\"1\","
	               "\"data\":\"1\\tx\\n\"}\n");
	write_notice(*state, "b", "1", "WARNING", "careful");
	expect(*state, "{\"type\":\"notice\",\"batch\":\"b\",\"id\":\"1\","
	               "\"severity\":\"WARNING\",\"message\":\"careful\"}\n");
}

static void a_verdict_has_all_its_fields(void **state)
{
	const struct fanout_done done = {.status = STATUS_OK,
	    .tag = "INSERT 0 3",
	    .count = 3,
	    .conn = 2,
	    .queue_us = 10,
	    .exec_us = 20,
	    .total_us = 30};

	write_done(*state, "b", "1", 0, &done);
	expect(*state, "{\"type\":\"done\",\"batch\":\"b\",\"id\":\"1\","
	               "\"status\":\"ok\",\"tag\":\"INSERT 0 3\",\"count\":3,"
	               "\"error\":null,\"conn\":2,\"queue_us\":10,"
	               "\"exec_us\":20,\"total_us\":30}\n");
}

static void what_a_verdict_does_not_know_is_null(void **state)
{
	const struct backend_error error = {.sqlstate = "57014"};
	const struct fanout_done done = {
	    .status = STATUS_NOT_SENT, .count = -1, .error = &error};

	write_done(*state, "b", "1", 9, &done);
	expect(*state, "{\"type\":\"done\",\"batch\":\"b\",\"id\":\"1\","
	               "\"status\":\"not_sent\",\"tag\":null,\"count\":null,"
	               "\"error\":{\"source\":\"proxy\",\"severity\":\"ERROR\","
	               "\"sqlstate\":\"57014\",\"message\":\"\"},"
	               "\"conn\":null,\"queue_us\":0,\"exec_us\":0,"
	               "\"total_us\":0}\n");
}

static void an_error_says_all_that_the_server_said(void **state)
{
	const struct backend_error error = {.from_server = true,
	    .severity = "FEHLER",
	    .sqlstate = "23505",
	    .message = "m",
	    .detail = "d",
	    .hint = "h",
	    .position = 5,
	    .internal_query = "q",
	    .where = "w",
	    .schema = "s",
	    .table = "t",
	    .column = "c",
	    .datatype = "y",
	    .constraint = "k"};
	const struct fanout_done done = {
	    .status = STATUS_ERROR, .count = -1, .error = &error};

	/* The position is one in the caller's own text. */
	write_done(*state, "b", "3", 100, &done);
	assert_non_null(strstr(buf_cstr(*state),
	    "\"error\":{\"source\":\"server\",\"severity\":\"FEHLER\","
	    "\"sqlstate\":\"23505\",\"message\":\"m\",\"detail\":\"d\","
	    "\"hint\":\"h\",\"position\":105,\"internal_query\":\"q\","
	    "\"where\":\"w\",\"schema\":\"s\",\"table\":\"t\","
	    "\"column\":\"c\",\"datatype\":\"y\",\"constraint\":\"k\"}"));
}

static void every_status_has_its_name(void **state)
{
	static const char *const names[N_STATUS] = {
	    "ok", "error", "skipped", "not_sent", "cancelled", "unknown"};

	(void)state;
	for (int i = 0; i < N_STATUS; i++)
		assert_string_equal(
		    stmt_status_name((enum stmt_status)i), names[i]);
}

static void the_end_counts_by_status(void **state)
{
	const struct fanout_end end = {.n = {1, 2, 3, 4, 5, 6},
	    .wall_us = 7,
	    .exec_us = 8,
	    .peak_concurrency = 9};

	write_end(*state, "b", &end);
	expect(*state, "{\"type\":\"end\",\"batch\":\"b\",\"ok\":1,\"error\":2,"
	               "\"skipped\":3,\"not_sent\":4,\"cancelled\":5,"
	               "\"unknown\":6,\"wall_us\":7,\"exec_us\":8,"
	               "\"peak_concurrency\":9}\n");
}

static void the_end_of_a_transaction_says_what_became_of_it(void **state)
{
	static const char *const outcomes[] = {"\"transaction\":\"committed\"",
	    "\"transaction\":\"rolled_back\"", "\"transaction\":\"unknown\""};

	for (int i = 0; i < 3; i++) {
		const struct fanout_end end = {
		    .transaction = (enum tx_outcome)(TX_COMMITTED + i)};

		write_end(*state, "b", &end);
		assert_non_null(strstr(buf_cstr(*state), outcomes[i]));
		buf_clear(*state);
	}
}

#define WRITE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    WRITE_TEST(a_batch_is_accepted_or_rejected),
	    WRITE_TEST(a_line_that_was_not_understood_is_an_error),
	    WRITE_TEST(a_ping_is_answered),
	    WRITE_TEST(a_start_names_the_connection),
	    WRITE_TEST(columns_have_name_type_and_oid),
	    WRITE_TEST(rows_are_gathered_in_a_frame),
	    WRITE_TEST(text_types_write_every_value_as_a_string),
	    WRITE_TEST(json_types_write_values_natively),
	    WRITE_TEST(bytes_that_are_not_utf8_do_not_break_the_line),
	    WRITE_TEST(copy_and_notices_are_told),
	    WRITE_TEST(a_verdict_has_all_its_fields),
	    WRITE_TEST(what_a_verdict_does_not_know_is_null),
	    WRITE_TEST(an_error_says_all_that_the_server_said),
	    WRITE_TEST(every_status_has_its_name),
	    WRITE_TEST(the_end_counts_by_status),
	    WRITE_TEST(the_end_of_a_transaction_says_what_became_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
