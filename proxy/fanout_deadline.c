/*
 * What a batch does when its time has come: query_wait_timeout for statements
 * that wait for a connection, timeout_ms for the batch as a whole. (The
 * bounds of a statement that runs are its run's.)
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/timer.h"
#include "base/units.h"
#include "proxy/fanout_private.h"

void fanout_set_timer(struct fanout *f, struct ev_timer *timer, int64_t due_us)
{
	timer_start(f->turn->loop, timer, due_us - clock_now_us());
}

static int64_t wait_deadline(const struct fanout *f, const struct unit *u)
{
	int64_t from =
	    u->ready_us > f->wait_from_us ? u->ready_us : f->wait_from_us;

	return from + f->db->conf->query_wait_timeout;
}

void fanout_set_wait_timer(struct fanout *f)
{
	int64_t due = INT64_MAX;

	for (size_t k = 0; k < f->ready.n; k++) {
		int64_t at = wait_deadline(
		    f, container_of(f->ready.nodes[k], struct unit, ready));

		if (at < due)
			due = at;
		/* None can be earlier than this one. */
		if (due == f->wait_from_us + f->db->conf->query_wait_timeout)
			break;
	}
	if (due != INT64_MAX)
		fanout_set_timer(f, &f->wait_timer, due);
}

/* Says which bound was hit and what the database is known to suffer from. */
static void wait_timeout_error(const struct fanout *f, struct err *e)
{
	struct pool_stats stats;
	char limit[UNITS_TEXT_SIZE];

	units_format_duration(f->db->conf->query_wait_timeout, limit);
	pool_read_stats(f->db->pool, &stats);
	err_set(e, ERR_TIMEOUT, SQLSTATE_CANCELED,
	    "no connection to database \"%s\" came free within "
	    "query_wait_timeout = %s%s%s",
	    f->db->conf->name, limit,
	    stats.failing ? "; the last attempt to connect failed: " : "",
	    stats.failing ? stats.last_error->message : "");
}

void fanout_on_wait_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct fanout *f = container_of(w, struct fanout, wait_timer);
	int64_t now = clock_now_us();
	struct unit *late;
	struct err why;

	(void)loop;
	(void)revents;
	wait_timeout_error(f, &why);
	do {
		late = NULL;
		for (size_t k = 0; k < f->ready.n && !late; k++) {
			struct unit *u =
			    container_of(f->ready.nodes[k], struct unit, ready);

			if (wait_deadline(f, u) <= now)
				late = u;
		}
		if (late)
			fanout_stop_unit(late, STATUS_NOT_SENT, &why);
	} while (late);
	fanout_changed(f);
}

void fanout_on_batch_timer(
    struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct fanout *f = container_of(w, struct fanout, batch_timer);
	struct pool_stats stats;
	struct err why;

	(void)loop;
	(void)revents;
	pool_read_stats(f->db->pool, &stats);
	err_set(&why, ERR_TIMEOUT, SQLSTATE_CANCELED,
	    "the batch's timeout_ms of %" PRId64 " has passed%s%s",
	    f->batch->timeout_us / US_PER_MS,
	    stats.failing ? "; the last attempt to connect failed: " : "",
	    stats.failing ? stats.last_error->message : "");
	for (unsigned k = 0; k < f->plan->n_units; k++)
		if (f->units[k].run)
			run_cancel(f->units[k].run, &why, true);
	fanout_stop(f, STATUS_NOT_SENT, true, &why);
}
