#include "base/timer.h"

void timer_start(struct ev_loop *loop, struct ev_timer *w, int64_t in_us)
{
	ev_timer_stop(loop, w);
	ev_now_update(loop);
	ev_timer_set(w, in_us > 0 ? (double)in_us / 1e6 : 0., 0.);
	ev_timer_start(loop, w);
}

void timer_start_if(struct ev_loop *loop, struct ev_timer *w, int64_t in_us)
{
	if (in_us > 0)
		timer_start(loop, w, in_us);
	else
		ev_timer_stop(loop, w);
}
