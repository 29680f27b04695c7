#include "cli/exchange.h"

#include <string.h>

#include "base/clock.h"

int exchange_open(struct exchange *x, const struct args *args,
    int64_t timeout_us, struct err *e)
{
	memset(x, 0, sizeof *x);
	client_init(&x->client, -1);
	x->address = &args->address;
	if (args->timeout_us > 0)
		timeout_us = args->timeout_us;
	x->start = clock_now_us();
	x->deadline = x->start + timeout_us;
	return client_connect(&x->client, x->address, x->deadline, e);
}

void exchange_close(struct exchange *x)
{
	frame_release(&x->frame);
	client_close(&x->client);
}

int exchange_wait(struct exchange *x, enum frame_kind kind, struct err *e)
{
	const char *line;
	size_t len;
	unsigned events;
	int rc;

	for (;;) {
		while (client_next_line(&x->client, &line, &len)) {
			frame_release(&x->frame);
			rc = frame_read(line, len, &x->frame, e);
			if (rc || x->frame.kind == kind ||
			    x->frame.kind == FRAME_ERROR)
				return rc;
		}
		rc = client_wait(&x->client, -1, x->deadline, &events, e);
		if (rc)
			return rc;
		if (events & CLIENT_LATE)
			return err_set(e, ERR_TIMEOUT, SQLSTATE_CANCELED,
			    "%s: no answer in time", x->address->text);
	}
}
