/* COPY in and out, for the engines that have it. */
#include "tests/conformance/subjects.h"

static void copies_out(void **state)
{
	struct fixture *f = *state;

	witness_run_ok(&f->w, f->subject->copy_out);
	assert_int_equal(f->w.copied, 200000);
	assert_int_equal(f->w.count, 100000);
	assert_int_equal(f->w.rows, 0);
	witness_run_ok(&f->w, f->subject->one);
}

static void copy_out_can_be_counted_alone(void **state)
{
	struct fixture *f = *state;

	witness_start_request(
	    &f->w, &(struct backend_request){.sql = f->subject->copy_out});
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_OK);
	assert_int_equal(f->w.copied, 0);
	assert_int_equal(f->w.count, 100000);
}

static void pause_when_copied(struct witness *w, enum witness_event event)
{
	if (event == SAW_COPY_OUT)
		witness_pause(w, true);
}

static void a_pause_holds_copy_out_back(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;
	size_t before;

	w->act = pause_when_copied;
	witness_start(w, f->subject->copy_out);
	STAGE_UNTIL(&f->stage, w->paused);
	before = w->copied;
	stage_linger(&f->stage, .05);
	assert_int_equal(w->copied, before);
	assert_int_equal(w->done, 0);
	while (w->done == 0) {
		STAGE_UNTIL(&f->stage, w->paused || w->done);
		if (w->done == 0)
			witness_pause(w, false);
	}
	assert_int_equal(w->copied, 200000);
	witness_finish(w);
}

/* What is fed, in pieces, whenever there is room. */
struct feed {
	const char *text;
	size_t len, piece, at;
	const char *abort_reason; /* at the end of it */
	bool never_ends;
};

static void feed(struct witness *w, enum witness_event event)
{
	struct feed *in = w->act_ctx;
	int wait = 0;

	if (event != SAW_COPY_IN)
		return;
	while (in->at < in->len && !wait) {
		size_t n = in->len - in->at;

		if (n > in->piece)
			n = in->piece;
		wait = witness_copy_data(w, in->text + in->at, n);
		in->at += n;
	}
	if (!wait && !in->never_ends)
		witness_copy_end(w, in->abort_reason);
}

static void feeding(struct fixture *f, struct feed *in)
{
	f->w.act = feed;
	f->w.act_ctx = in;
	witness_run_ok(&f->w, f->subject->create);
	witness_start(&f->w, f->subject->copy_in);
}

static void copies_in(void **state)
{
	struct fixture *f = *state;
	struct feed in = {.text = "1\n2\n3\n", .len = 6, .piece = 1};

	feeding(f, &in);
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_OK);
	assert_int_equal(f->w.count, 3);
	witness_run_ok(&f->w, f->subject->one);
}

static void copies_nothing_in(void **state)
{
	struct fixture *f = *state;
	struct feed in = {.text = "", .len = 0, .piece = 1};

	feeding(f, &in);
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_OK);
	assert_int_equal(f->w.count, 0);
}

static void copies_much_in(void **state)
{
	const size_t lines = 2000000;
	struct fixture *f = *state;
	char *text = malloc(lines * 2 + 1);
	struct feed in = {.text = text, .len = lines * 2, .piece = 100000};
	size_t i;

	assert_non_null(text);
	for (i = 0; i < lines; i++)
		memcpy(text + i * 2, "7\n", 3);
	feeding(f, &in);
	witness_finish(&f->w);
	free(text);
	assert_int_equal(f->w.verdict, BACKEND_OK);
	assert_int_equal(f->w.count, lines);
}

static void copy_in_can_be_given_up(void **state)
{
	struct fixture *f = *state;
	struct feed in = {
	    .text = "1\n2\n", .len = 4, .piece = 4, .abort_reason = "enough"};

	feeding(f, &in);
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_CANCELLED);
	assert_non_null(strstr(f->w.message, "enough"));
	witness_run_ok(&f->w, f->subject->one);
}

static void copy_in_can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	struct feed in = {
	    .text = "1\n2\n", .len = 4, .piece = 4, .never_ends = true};

	feeding(f, &in);
	STAGE_UNTIL(&f->stage, f->w.copy_ins > 0);
	stage_linger(&f->stage, .05);
	witness_cancel(&f->w);
	assert_int_equal(witness_copy_data(&f->w, "3\n", 2) & ~1, 0);
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_CANCELLED);
	witness_run_ok(&f->w, f->subject->one);
}

static void close_during_copy_in(void **state)
{
	struct fixture *f = *state;
	struct feed in = {
	    .text = "1\n2\n", .len = 4, .piece = 4, .never_ends = true};

	feeding(f, &in);
	STAGE_UNTIL(&f->stage, f->w.copy_ins > 0);
	witness_gone(&f->w);
}

static void close_when_seen(struct witness *w, enum witness_event event)
{
	if (event == SAW_COPY_IN || event == SAW_COPY_OUT)
		witness_close(w);
}

static void close_within_copy_callbacks(void **state)
{
	struct fixture *f = *state;
	struct witness out;

	witness_open(&out, &f->stage);
	out.act = close_when_seen;
	witness_start(&out, f->subject->copy_out);
	witness_run_ok(&f->w, f->subject->create);
	f->w.act = close_when_seen;
	witness_start(&f->w, f->subject->copy_in);
	STAGE_UNTIL(&f->stage, out.closed && f->w.closed);
}

static const struct contract_test tests[] = {
    CONTRACT_TEST(copies_out, copy_out),
    CONTRACT_TEST(copy_out_can_be_counted_alone, copy_out),
    CONTRACT_TEST(a_pause_holds_copy_out_back, copy_out),
    CONTRACT_TEST(copies_in, copy_in),
    CONTRACT_TEST(copies_nothing_in, copy_in),
    CONTRACT_TEST(copies_much_in, copy_in),
    CONTRACT_TEST(copy_in_can_be_given_up, copy_in),
    CONTRACT_TEST(copy_in_can_be_cancelled, copy_in),
    CONTRACT_TEST(close_during_copy_in, copy_in),
    CONTRACT_TEST(close_within_copy_callbacks, copy_in),
};

int main(void)
{
	return contract_run(tests, ARRAY_LEN(tests));
}
