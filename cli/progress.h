/*
 * The line on a terminal that says how far the batch is, and is gone when it
 * is over. Goes to standard error, and only where that is a terminal.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool enabled, shown;
	int64_t start, last; /* clock_now_us() */
};

#define PROGRESS_INTERVAL_US INT64_C(100000)

void progress_init(struct progress *p);

/* When the next drawing is due, as a deadline; 0: never. */
int64_t progress_due(const struct progress *p);

/* Draws what changed, at most once each interval. */
void progress_draw(struct progress *p, size_t done, size_t total, int64_t rows);

/* Makes room for other output. */
void progress_erase(struct progress *p);

#endif
