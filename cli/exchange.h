/*
 * One question to the daemon and its answer, within a deadline.
 *
 * Owned by whoever embeds it; exchange_close() is due also after a failed
 * exchange_open().
 */
#ifndef CLI_EXCHANGE_H
#define CLI_EXCHANGE_H

#include <stdint.h>

#include "base/err.h"
#include "base/macros.h"
#include "cli/address.h"
#include "cli/args.h"
#include "cli/client.h"
#include "cli/frames.h"

struct exchange {
	struct client client; /* the question goes into client.out */
	const struct address *address;
	struct frame frame; /* the answer; its rows live as long as client */
	int64_t start, deadline;
};

/* Connects; --timeout, or else TIMEOUT, begins to count. */
int exchange_open(struct exchange *x, const struct args *args,
    int64_t timeout_us, struct err *e) must_check;
void exchange_close(struct exchange *x);

/* Sends and waits for a frame that is KIND, or an error frame. */
int exchange_wait(
    struct exchange *x, enum frame_kind kind, struct err *e) must_check;

#endif
