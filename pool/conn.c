#include "pool/conn.h"

#include <assert.h>

#include "base/clock.h"
#include "pool/pool_private.h"

#define BIT(state) (1u << (state))

/* From each state: where it may go. The diagram in conn.h, as a table. */
static const unsigned allowed[] = {
    [CONN_OPENING] = BIT(CONN_IDLE) | BIT(CONN_CLOSING),
    [CONN_IDLE] = BIT(CONN_BORROWED) | BIT(CONN_CLOSING),
    [CONN_BORROWED] = BIT(CONN_IDLE) | BIT(CONN_RUNNING) | BIT(CONN_RESETTING) |
                      BIT(CONN_LOST) | BIT(CONN_CLOSING),
    [CONN_RUNNING] = BIT(CONN_BORROWED) | BIT(CONN_LOST) | BIT(CONN_CLOSING),
    [CONN_RESETTING] = BIT(CONN_IDLE) | BIT(CONN_CLOSING),
    [CONN_LOST] = BIT(CONN_CLOSING),
    [CONN_CLOSING] = 0,
};

const char *conn_state_name(enum conn_state state)
{
	static const char *const names[] = {
	    [CONN_OPENING] = "login",
	    [CONN_IDLE] = "idle",
	    [CONN_BORROWED] = "borrowed",
	    [CONN_RUNNING] = "active",
	    [CONN_RESETTING] = "tested",
	    [CONN_LOST] = "lost",
	    [CONN_CLOSING] = "closing",
	};

	return names[state];
}

void conn_move(struct conn *c, enum conn_state to)
{
	assert(allowed[c->state] & BIT(to));
	c->state = to;
	c->state_us = clock_now_us();
}

int conn_start(struct conn *c, const struct backend_request *request,
    const struct statement_sink *sink, void *ctx, struct err *e)
{
	int rc;

	assert(c->state == CONN_BORROWED); /* invariant 1 */
	rc = c->ops->start(c->backend, request, sink, ctx, e);
	if (rc)
		return rc;
	c->n_statements++;
	c->cancelling = false;
	conn_move(c, CONN_RUNNING);
	return 0;
}

void conn_cancel(struct conn *c)
{
	if (c->state != CONN_RUNNING || c->cancelling)
		return;
	c->cancelling = true;
	c->ops->cancel(c->backend);
}

void conn_pause(struct conn *c, bool paused)
{
	if (c->state == CONN_RUNNING)
		c->ops->pause(c->backend, paused);
}

int conn_copy_data(struct conn *c, const char *data, size_t len)
{
	if (c->state != CONN_RUNNING)
		return 0;
	return c->ops->copy_data(c->backend, data, len);
}

void conn_copy_end(struct conn *c, const char *abort_reason)
{
	if (c->state == CONN_RUNNING)
		c->ops->copy_end(c->backend, abort_reason);
}

enum backend_tx conn_tx(const struct conn *c)
{
	assert(c->state == CONN_BORROWED);
	return c->ops->tx(c->backend);
}

static void on_open(void *ctx, const struct err *error)
{
	struct conn *c = ctx;

	if (error)
		pool_on_open_failed(c, error);
	else
		pool_on_open(c);
}

static void on_ready(void *ctx)
{
	struct conn *c = ctx;

	if (c->state == CONN_RESETTING) {
		pool_on_reset(c);
		return;
	}
	c->cancelling = false;
	conn_move(c, CONN_BORROWED);
	c->user->on_ready(c->user_ctx);
}

static void on_lost(void *ctx, const struct err *error)
{
	struct conn *c = ctx;

	if (c->state != CONN_BORROWED && c->state != CONN_RUNNING) {
		pool_on_unused_lost(c, error);
		return;
	}
	conn_move(c, CONN_LOST);
	c->user->on_lost(c->user_ctx, error);
}

static void on_closed(void *ctx)
{
	pool_on_closed(ctx);
}

const struct backend_link conn_link = {
    .on_open = on_open,
    .on_ready = on_ready,
    .on_lost = on_lost,
    .on_closed = on_closed,
};
