#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return read_clock(CLOCK_REALTIME);
}

void clock_format(int64_t wall_us, char out[CLOCK_TEXT_SIZE])
{
	time_t s = (time_t)(wall_us / US_PER_S);
	struct tm tm;
	char text[20];

	gmtime_r(&s, &tm);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(out, CLOCK_TEXT_SIZE, "%s.%03d UTC", text,
	    (int)(wall_us % US_PER_S / US_PER_MS));
}
