/*
 * The picture of a batch: what waited and ran when, on which connection.
 *
 * Few statements get a row each, with the time in the queue in light blocks
 * and the execution in full ones; of many, each connection gets a row that
 * says how busy it was. Pure: verdicts in, text out.
 */
#ifndef CLI_WATERFALL_H
#define CLI_WATERFALL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "cli/answer.h"

/* Up to so many statements get a row each. */
#define WATERFALL_MOST_ROWS 48

/* WIDTH: of the terminal. */
void waterfall_put(struct buf *out, const struct answer *answers, size_t n,
    int64_t wall_us, size_t width);

#endif
