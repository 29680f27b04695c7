/*
 * A batch that runs in a scene, and what its sink was told; at every call it
 * is checked that the fanout keeps its promises (proxy/fanout.h).
 */
#ifndef TESTS_SUPPORT_PLAY_H
#define TESTS_SUPPORT_PLAY_H

#include "proxy/fanout.h"
#include "tests/support/scene.h"

#define PLAY_MAX 40

/* A statement, as its sink saw it. */
struct play_part {
	unsigned started, columns, rows, flushes, notices, done;
	enum stmt_status status;
	int conn;
	int64_t count;
	char tag[64], sqlstate[6], message[512], notice[128];
};

struct play {
	struct scene *scene;
	struct fanout *fanout; /* until `over` */
	unsigned n;
	struct play_part parts[PLAY_MAX];
	/* "+1 +2 -2 -1": starts and verdicts, as they came. */
	char log[PLAY_MAX * 10];
	bool abandoned;
	bool over;
	struct fanout_end end;
};

/* Starts B, which is the fanout's from then on. */
void play_start(struct play *p, struct scene *s, struct batch *b);

/* Until its end. */
void play_finish(struct play *p);

/* Both. */
void play_run(struct play *p, struct scene *s, struct batch *b);

/* The statuses in the order of the statements: "ok error skipped". */
void play_expect(const struct play *p, const char *statuses);

/* The part of statement NUMBER (from 1), whose message has TEXT in it. */
void play_expect_message(
    const struct play *p, unsigned number, const char *text);

#endif
