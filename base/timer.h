/*
 * One-shot timers in microseconds, counted from the moment of the call.
 *
 * libev counts from the time at which it last looked at the clock, which a
 * long callback leaves behind; a deadline would then come too early. On the
 * loop's thread.
 */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include <ev.h>
#include <stdint.h>

/* W fires once, not before IN_US have passed; at 0 on the next turn. */
void timer_start(struct ev_loop *loop, struct ev_timer *w, int64_t in_us);

/* The same, where 0 means never. */
void timer_start_if(struct ev_loop *loop, struct ev_timer *w, int64_t in_us);

#endif
