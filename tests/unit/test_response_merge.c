/*
 * Frames on their way to a client: in which order, what is held back, and who
 * stands still when the client does not keep up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proxy/response_merge.h"
#include "tests/support/scene.h"

/* Takes more turns than whatever else these tests run. */
#define SLOW                                                  \
	"notice 1; notice 2; notice 3; notice 4; notice 5; "  \
	"notice 6; notice 7; notice 8; notice 9; notice 10; " \
	"notice 11; notice 12; notice 13"
/* Many frames of rows, much more than the limits here. */
#define BIG "columns a; rows 20000"

struct fixture {
	struct scene scene;
	struct outbox out;
	struct turn_task flush;
	struct response *response; /* until `over` */
	bool over;
	char frames[4096]; /* what the client got: "columns:1 done:1 end" */
	size_t max_held, max_out;
};

static void look_at_frame(struct fixture *f, const char *line, size_t len)
{
	json_t *frame = json_loadb(line, len, 0, NULL);
	const char *id = json_string_value(json_object_get(frame, "id"));
	size_t at = strlen(f->frames);

	assert_non_null(frame);
	snprintf(f->frames + at, sizeof f->frames - at, "%s%s%s%s",
	    at ? " " : "", json_string_value(json_object_get(frame, "type")),
	    id ? ":" : "", id ? id : "");
	json_decref(frame);
}

/* The client reads all that there is, and the session does its part. */
static void client_reads(struct fixture *f)
{
	bool was_full = outbox_is_full(&f->out);
	struct iovec piece;
	struct buf all;
	char *line, *end;

	buf_init(&all);
	while (bufq_peek(&f->out.q, &piece, 1)) {
		buf_append(&all, piece.iov_base, piece.iov_len);
		bufq_consume(&f->out.q, piece.iov_len);
	}
	for (line = all.data; all.len && line < all.data + all.len;
	     line = end + 1) {
		end = memchr(line, '\n', all.len - (size_t)(line - all.data));
		assert_non_null(end); /* frames are whole */
		look_at_frame(f, line, (size_t)(end - line));
	}
	buf_release(&all);
	if (f->response && was_full)
		response_resume(f->response);
}

static void on_flush(struct turn_task *task)
{
	struct fixture *f = container_of(task, struct fixture, flush);

	if (f->out.held > f->max_held)
		f->max_held = f->out.held;
	if (f->out.q.bytes > f->max_out)
		f->max_out = f->out.q.bytes;
}

static void on_over(void *ctx, struct response *r)
{
	struct fixture *f = ctx;

	assert_ptr_equal(f->response, r);
	f->response = NULL;
	f->over = true;
}

static void on_copy(void *ctx)
{
	(void)ctx;
}

static const struct response_owner owner = {
    .on_over = on_over,
    .on_copy_room = on_copy,
    .on_copy_hungry = on_copy,
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	bufq_init(&f.out.q);
	turn_task_init(&f.flush, on_flush);
	f.out.flush = &f.flush;
	f.out.turn = &f.scene.turn;
	f.out.limit = (size_t)1 << 30;
	*state = &f;
	return 0;
}

static struct fixture *begin(void **state, int pool_size)
{
	struct fixture *f = *state;

	scene_init(&f->scene, "", pool_size);
	return f;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->response)
		response_detach(f->response);
	scene_release(&f->scene);
	bufq_release(&f->out.q);
	return 0;
}

#define BATCH(stmts) scene_batch(stmts, ARRAY_LEN(stmts))

static void start(struct fixture *f, struct batch *b, enum batch_order order)
{
	struct err e;

	b->order = order;
	assert_int_equal(response_start(&f->scene.turn, &f->scene.db, b,
	                     &f->out, &owner, f, &f->response, &e),
	    0);
}

static void run(struct fixture *f, struct batch *b, enum batch_order order)
{
	start(f, b, order);
	SCENE_UNTIL(&f->scene, f->over);
	client_reads(f);
}

static const struct scene_stmt three[] = {{.sql = "columns a; rows 1; " SLOW},
    {.sql = "columns a; rows 1"}, {.sql = "tag 0 X; tag 1 X; tag 2 X"}};

static unsigned stalled(const struct fixture *f)
{
	int64_t us = 0;

	return response_stalled(f->response, &us);
}

/* ---- order ---- */

static void a_statement_has_columns_then_rows_then_done(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a; rows 1; notice x"}};
	struct fixture *f = begin(state, 1);

	run(f, BATCH(stmts), ORDER_COMPLETION);
	assert_string_equal(
	    f->frames, "accepted columns:1 rows:1 notice:1 done:1 end");
}

static void completion_order_is_the_order_of_the_ends(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = SLOW}, {.sql = ""}, {.sql = "tag 0 X; tag 1 X"}};
	struct fixture *f = begin(state, 3);
	struct batch *b = BATCH(stmts);

	run(f, b, ORDER_COMPLETION);
	assert_non_null(strstr(f->frames, "done:2"));
	assert_true(strstr(f->frames, "done:2") < strstr(f->frames, "done:3"));
	assert_true(strstr(f->frames, "done:3") < strstr(f->frames, "done:1"));
	assert_int_equal(f->max_held, 0);
}

static void statement_order_holds_back_what_is_early(void **state)
{
	struct fixture *f = begin(state, 3);

	run(f, BATCH(three), ORDER_STATEMENT);
	assert_string_equal(f->frames,
	    "accepted columns:1 rows:1 notice:1 notice:1 notice:1 notice:1 "
	    "notice:1 notice:1 notice:1 notice:1 notice:1 notice:1 notice:1 "
	    "notice:1 notice:1 done:1 columns:2 rows:2 done:2 done:3 end");
	assert_true(f->max_held > 0);
	assert_int_equal(f->out.held, 0);
}

static void who_has_his_turn_is_not_held_back(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a; rows 1; hang"}, {.sql = "columns a; rows 1"},
	    {.sql = "columns a; rows 1; hang"}};
	struct fixture *f = begin(state, 3);

	start(f, BATCH(stmts), ORDER_STATEMENT);
	scene_settle(&f->scene);
	client_reads(f);
	assert_string_equal(f->frames, "accepted columns:1 rows:1");
	fanout_cancel(f->response->fanout, 0);
	scene_settle(&f->scene);
	client_reads(f);
	/* Also what the third, which runs on, has said so far. */
	assert_string_equal(f->frames, "accepted columns:1 rows:1 done:1 "
	                               "columns:2 rows:2 done:2 columns:3 "
	                               "rows:3");
}

static void started_frames_are_for_those_who_want_progress(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = ""}};
	struct fixture *f = begin(state, 1);
	struct batch *b = BATCH(stmts);

	b->progress = true;
	run(f, b, ORDER_COMPLETION);
	assert_string_equal(f->frames, "accepted started:1 done:1 end");
}

static void a_count_alone_has_no_frames_but_done(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a; rows 5"}, {.sql = "copy_out 5"}};
	struct fixture *f = begin(state, 1);
	struct batch *b = BATCH(stmts);

	scene_ask(b, 0)->want_rows = scene_ask(b, 1)->want_rows = false;
	run(f, b, ORDER_COMPLETION);
	assert_string_equal(f->frames, "accepted done:1 done:2 end");
}

static void rows_come_in_chunks(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = BIG}};
	struct fixture *f = begin(state, 1);

	start(f, BATCH(stmts), ORDER_COMPLETION);
	while (!f->over) {
		scene_turn(&f->scene);
		assert_true(f->out.q.bytes < (size_t)128 * 1024);
		f->frames[0] = '\0';
		client_reads(f);
	}
}

/* ---- who stands still ---- */

static void a_client_that_does_not_read_stops_its_backends(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = BIG}, {.sql = BIG}};
	struct fixture *f = begin(state, 2);

	f->out.limit = 10000;
	start(f, BATCH(stmts), ORDER_COMPLETION);
	SCENE_UNTIL(&f->scene, stalled(f) == 2);
	scene_settle(&f->scene);
	assert_int_equal(stalled(f), 2);
	/* The limit, and what each had in hand when it was reached. */
	assert_true(f->out.q.bytes < f->out.limit + 2 * 4000);
	while (!f->over) {
		if (outbox_is_full(&f->out)) {
			f->frames[0] = '\0';
			client_reads(f);
		}
		scene_turn(&f->scene);
	}
	assert_true(f->max_out < f->out.limit + 2 * 4000);
}

static void what_is_held_back_is_bounded_too(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a; hang"}, {.sql = BIG}, {.sql = BIG}};
	struct fixture *f = begin(state, 3);

	f->out.limit = 10000;
	start(f, BATCH(stmts), ORDER_STATEMENT);
	SCENE_UNTIL(&f->scene, stalled(f) == 2);
	scene_settle(&f->scene);
	assert_true(f->out.held >= f->out.limit);
	assert_true(f->out.held < f->out.limit + 2 * 4000);
	assert_false(outbox_is_full(&f->out));
}

static void it_goes_on_when_its_turn_comes(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a; hang"}, {.sql = BIG}, {.sql = BIG}};
	struct fixture *f = begin(state, 3);

	f->out.limit = 10000;
	start(f, BATCH(stmts), ORDER_STATEMENT);
	SCENE_UNTIL(&f->scene, stalled(f) == 2);
	fanout_cancel(f->response->fanout, 0);
	while (!f->over) {
		scene_turn(&f->scene);
		f->frames[0] = '\0';
		client_reads(f);
	}
	assert_int_equal(f->out.held, 0);
}

/*
 * The second is after the first, so that those behind it start before it
 * does, fill what may be held back, and stand still with their connections.
 * The one that the first gives back must be the second's.
 */
static void those_that_stand_still_leave_the_next_a_connection(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = SLOW},
	    {.sql = "", .after = {1}}, {.sql = BIG}, {.sql = BIG},
	    {.sql = BIG}};
	struct fixture *f = begin(state, 2);

	f->out.limit = 5000;
	start(f, BATCH(stmts), ORDER_STATEMENT);
	while (!f->over) {
		scene_turn(&f->scene);
		f->frames[0] = '\0';
		client_reads(f);
	}
}

/* ---- a client that is gone ---- */

static void what_runs_for_nobody_is_cancelled(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = BIG}, {.sql = "hang"}, {.sql = ""}};
	struct fixture *f = begin(state, 2);

	f->out.limit = 10000;
	start(f, BATCH(stmts), ORDER_STATEMENT);
	SCENE_UNTIL(&f->scene, stalled(f) == 1);
	response_detach(f->response);
	f->response = NULL;
	assert_int_equal(f->out.held, 0);
	SCENE_UNTIL(&f->scene, scene_pool_stats(&f->scene).active == 0);
	assert_false(f->over); /* its owner hears nothing more */
	assert_int_equal(scene_stats(&f->scene)->cancels, 2);
	assert_int_equal(scene_stats(&f->scene)->starts, 2);
}

#define MERGE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    MERGE_TEST(a_statement_has_columns_then_rows_then_done),
	    MERGE_TEST(completion_order_is_the_order_of_the_ends),
	    MERGE_TEST(statement_order_holds_back_what_is_early),
	    MERGE_TEST(who_has_his_turn_is_not_held_back),
	    MERGE_TEST(started_frames_are_for_those_who_want_progress),
	    MERGE_TEST(a_count_alone_has_no_frames_but_done),
	    MERGE_TEST(rows_come_in_chunks),
	    MERGE_TEST(a_client_that_does_not_read_stops_its_backends),
	    MERGE_TEST(what_is_held_back_is_bounded_too),
	    MERGE_TEST(it_goes_on_when_its_turn_comes),
	    MERGE_TEST(those_that_stand_still_leave_the_next_a_connection),
	    MERGE_TEST(what_runs_for_nobody_is_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
