/* Connections and statements, as every engine must do them. */
#include "tests/conformance/subjects.h"

static void opens_once(void **state)
{
	struct fixture *f = *state;

	stage_linger(&f->stage, .05);
	assert_int_equal(f->w.opened, 1);
	assert_int_equal(f->w.ready, 0);
	assert_int_equal(witness_tx(&f->w), BACKEND_TX_NONE);
}

static void tells_why_it_cannot_connect(void **state)
{
	struct fixture *f = *state;
	struct stage s;
	struct witness w;

	stage_init(&s, f->subject->ops, &f->subject->unreachable);
	witness_connect(&w, &s);
	STAGE_UNTIL(&s, w.opened || w.failed);
	assert_int_equal(w.failed, 1);
	assert_true(*w.error.message);
	assert_int_equal(strlen(w.error.sqlstate), 5);
	assert_null(strchr(w.error.message, '\n'));
	witness_gone(&w);
	stage_release(&s);
}

static void check_knows_right_from_wrong(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};

	assert_int_equal(f->subject->ops->check(&f->conf, &e), 0);
	assert_int_equal(
	    f->subject->ops->check(&f->subject->wrong, &e), ERR_INVALID);
	assert_true(*e.message);
}

static void describes_itself(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text);
	f->subject->ops->describe(f->stage.engine, &text);
	assert_true(text.len > 0);
	buf_release(&text);
}

static void rows_come_whole_and_in_order(void **state)
{
	struct witness *w = &((struct fixture *)*state)->w;

	witness_run_ok(w, ((struct fixture *)*state)->subject->many);
	assert_int_equal(w->n_columns_told, 1);
	assert_int_equal(w->n_columns, 2);
	assert_int_equal(strncmp(w->columns, "i:", 2), 0);
	assert_int_equal(w->rows, 100000);
	assert_int_equal(w->count, 100000);
	assert_true(strncmp(w->row, "100000|name 100000", 18) == 0 ||
	            strcmp(w->row, "99999.0|99999.1") == 0);
	assert_int_equal(w->ready, 1);
}

static void rows_can_be_counted_alone(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_start_request(
	    w, &(struct backend_request){
	           .sql = f->subject->many, .want_rows = false});
	witness_finish(w);
	assert_int_equal(w->verdict, BACKEND_OK);
	assert_int_equal(w->n_columns_told, 1);
	assert_int_equal(w->rows, 0);
	assert_int_equal(w->count, 100000);
}

static void an_empty_result_has_columns(void **state)
{
	struct fixture *f = *state;

	witness_run_ok(&f->w, f->subject->none);
	assert_int_equal(f->w.n_columns_told, 1);
	assert_int_equal(f->w.n_columns, 2);
	assert_int_equal(f->w.rows, 0);
	assert_int_equal(f->w.count, 0);
}

static void affected_rows_are_counted(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_run_ok(w, f->subject->create);
	assert_int_equal(w->n_columns_told, 0);
	assert_int_equal(w->count, -1);
	assert_string_equal(w->tag, "CREATE TABLE");
	witness_run_ok(w, f->subject->insert3);
	assert_int_equal(w->n_columns_told, 0);
	assert_int_equal(w->count, 3);
	assert_string_equal(w->tag, "INSERT 0 3");
	witness_run_ok(w, f->subject->drop);
	assert_int_equal(w->count, -1);
}

static void an_error_ends_only_its_statement(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_run(w, f->subject->wrong_sql);
	assert_int_equal(w->verdict, BACKEND_ERROR);
	assert_string_equal(w->sqlstate, f->subject->wrong_sqlstate);
	assert_true(*w->message);
	assert_true(w->error_from_server);
	witness_run_ok(w, f->subject->one);
	assert_int_equal(w->rows, 1);
	assert_int_equal(w->ready, 2);
}

static void parameters_are_values(void **state)
{
	struct fixture *f = *state;
	const char *const params[] = {"41", NULL};
	const struct backend_request request = {.sql = f->subject->params,
	    .params = params,
	    .n_params = 2,
	    .want_rows = true};

	witness_start_request(&f->w, &request);
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_OK);
	assert_string_equal(f->w.row, "42|NULL");
	assert_int_equal(f->w.kinds[1], 'N');
}

static void start_in_on_ready(struct witness *w, enum witness_event event)
{
	unsigned *left = w->act_ctx;

	if (event == SAW_READY && (*left)--)
		witness_start(w, w->error.message);
}

static void the_next_may_start_in_on_ready(void **state)
{
	struct fixture *f = *state;
	unsigned left = 200;

	/* A text that lives as long as the witness. */
	snprintf(f->w.error.message, sizeof f->w.error.message, "%s",
	    f->subject->one);
	f->w.act = start_in_on_ready;
	f->w.act_ctx = &left;
	witness_start(&f->w, f->subject->one);
	STAGE_UNTIL(&f->stage, f->w.ready == 201);
	assert_int_equal(f->w.done, 201);
	assert_int_equal(f->w.verdict, BACKEND_OK);
}

static void notices_are_told(void **state)
{
	struct fixture *f = *state;

	witness_run_ok(&f->w, f->subject->notice);
	assert_int_equal(f->w.notices, 1);
	assert_string_equal(f->w.notice, "NOTICE: hello");
}

/* How many rows come in a while; none is what a pause means. */
static size_t rows_in_a_while(struct fixture *f)
{
	size_t before = f->w.rows;

	stage_linger(&f->stage, .1);
	return f->w.rows - before;
}

static void a_pause_holds_rows_back(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_start(w, f->subject->many);
	witness_pause(w, true);
	assert_int_equal(rows_in_a_while(f), 0);
	assert_int_equal(w->done, 0);
	witness_pause(w, false);
	STAGE_UNTIL(&f->stage, w->rows > 1000);
	witness_pause(w, true);
	assert_int_equal(rows_in_a_while(f), 0);
	assert_int_equal(w->done, 0);
	witness_pause(w, false);
	witness_finish(w);
	assert_int_equal(w->verdict, BACKEND_OK);
	assert_int_equal(w->rows, 100000);
}

static void pause_every_1000(struct witness *w, enum witness_event event)
{
	if (event == SAW_ROW && w->rows % 1000 == 1)
		witness_pause(w, true);
}

static void a_row_may_be_the_last_for_now(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	w->act = pause_every_1000;
	witness_start(w, f->subject->many);
	while (w->done == 0) {
		STAGE_UNTIL(&f->stage, w->paused || w->done);
		if (w->done == 0)
			witness_pause(w, false);
	}
	assert_int_equal(w->verdict, BACKEND_OK);
	assert_int_equal(w->rows, 100000);
	witness_finish(w);
	w->act = NULL;
	witness_run_ok(w, f->subject->one);
	assert_int_equal(w->rows, 1);
}

static void a_pause_ends_with_its_statement(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	w->act = pause_every_1000;
	witness_start(w, f->subject->one);
	STAGE_UNTIL(&f->stage, w->paused);
	w->act = NULL;
	witness_pause(w, false);
	witness_finish(w);
	witness_run_ok(w, f->subject->many);
	assert_int_equal(w->rows, 100000);
}

static void transactions_are_seen(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_run_ok(w, f->subject->begin);
	assert_int_equal(witness_tx(w), BACKEND_TX_OPEN);
	witness_run_ok(w, f->subject->commit);
	assert_int_equal(witness_tx(w), BACKEND_TX_NONE);
}

static void a_failed_transaction_is_seen(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_run_ok(w, f->subject->begin);
	witness_run(w, f->subject->fails_tx);
	assert_int_equal(witness_tx(w), BACKEND_TX_FAILED);
	witness_reset(w, "DISCARD ALL");
	assert_int_equal(witness_tx(w), BACKEND_TX_NONE);
	witness_run_ok(w, f->subject->one);
}

static void reset_ends_a_transaction(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_run_ok(w, f->subject->begin);
	witness_run_ok(w, f->subject->create);
	witness_reset(w, "DISCARD ALL");
	assert_int_equal(w->lost, 0);
	assert_int_equal(witness_tx(w), BACKEND_TX_NONE);
	witness_run_ok(w, f->subject->create); /* it was undone */
}

static void reset_forgets_the_session(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_run_ok(w, f->subject->touch);
	witness_run_ok(w, f->subject->touched);
	assert_int_equal(w->count, 1);
	witness_reset(w, "DISCARD ALL");
	witness_run_ok(w, f->subject->touched);
	assert_int_equal(w->count, 0);
}

static void lost_in_a_statement_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_start(w, f->subject->lose);
	STAGE_UNTIL(&f->stage, w->lost);
	assert_int_equal(w->done, 1);
	assert_int_equal(w->verdict, BACKEND_UNKNOWN);
	assert_int_equal(w->ready, 0);
	stage_linger(&f->stage, .05);
}

static const struct contract_test tests[] = {
    CONTRACT_TEST(opens_once, one),
    CONTRACT_TEST(tells_why_it_cannot_connect, one),
    CONTRACT_TEST(check_knows_right_from_wrong, one),
    CONTRACT_TEST(describes_itself, one),
    CONTRACT_TEST(rows_come_whole_and_in_order, many),
    CONTRACT_TEST(rows_can_be_counted_alone, many),
    CONTRACT_TEST(an_empty_result_has_columns, none),
    CONTRACT_TEST(affected_rows_are_counted, create),
    CONTRACT_TEST(an_error_ends_only_its_statement, wrong_sql),
    CONTRACT_TEST(parameters_are_values, params),
    CONTRACT_TEST(the_next_may_start_in_on_ready, one),
    CONTRACT_TEST(notices_are_told, notice),
    CONTRACT_TEST(a_pause_holds_rows_back, many),
    CONTRACT_TEST(a_row_may_be_the_last_for_now, many),
    CONTRACT_TEST(a_pause_ends_with_its_statement, one),
    CONTRACT_TEST(transactions_are_seen, begin),
    CONTRACT_TEST(a_failed_transaction_is_seen, fails_tx),
    CONTRACT_TEST(reset_ends_a_transaction, begin),
    CONTRACT_TEST(reset_forgets_the_session, touch),
    CONTRACT_TEST(lost_in_a_statement_is_unknown, lose),
};

int main(void)
{
	return contract_run(tests, ARRAY_LEN(tests));
}
