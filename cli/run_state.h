/*
 * A batch as the client sees it, from the request to the closing line.
 *
 *     run.c         sends the request, waits, notices signals
 *     run_frames.c  takes what the daemon says
 *     run_report.c  says how it ended
 *
 * Owned by run_command(); one thread.
 */
#ifndef CLI_RUN_STATE_H
#define CLI_RUN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/answer.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/copy_feed.h"
#include "cli/frames.h"
#include "cli/out.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/source.h"
#include "cli/trace.h"

#define RUN_BATCH_SIZE 32

struct run {
	const struct args *args;
	struct source source;
	struct client client;
	struct copy_feeds feeds;
	struct output output;
	struct out out;
	struct progress progress;
	struct trace trace;

	const char *batch; /* its id */
	char own_batch[RUN_BATCH_SIZE]; /* where the user gave none */

	struct answer *answers;
	size_t n_answers, n_done;
	int64_t rows; /* so far; in the end the sum of the counts */
	struct frame_cells cells;

	bool accepted; /* answers are there */
	bool refused; /* nothing was run */
	bool ended; /* nothing more comes */
	int64_t wall_us, exec_us; /* of the end */
	char transaction[64]; /* how -1 ended, or "" */

	int wake_fd;
	int signal; /* the first that came, or 0 */
	bool leave; /* a second one came */
	bool failed; /* something local went wrong, and was said */
	size_t by_status[STATUS_COUNT];
	bool late; /* something ended by a timeout or a cancel */
	bool bad; /* something failed for another reason */
};

/* One line from the daemon. */
int run_on_line(
    struct run *r, const char *line, size_t len, struct err *e) must_check;

/* Text for the user on standard error, in order with standard output. */
void run_say(struct run *r, struct buf *text);
void run_sayf(struct run *r, const char *fmt, ...) printf_like(2, 3);

/* After the last frame: picture, closing line. */
void run_report(struct run *r);
int run_exit_code(const struct run *r);

/* --until first, and one was: that the others were ended is no failure. */
bool run_has_winner(const struct run *r);

#endif
