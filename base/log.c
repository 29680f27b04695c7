#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static _Atomic enum log_level threshold = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&threshold, level);
}

/* Control characters would let a client forge lines of the log. */
static void flatten(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = ' ';
}

void log_write(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = {
	    "DEBUG", "INFO", "WARNING", "ERROR"};
	char when[CLOCK_TEXT_SIZE], text[1024], line[1152];
	va_list ap;
	int n;

	if (level < atomic_load(&threshold))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	flatten(text);
	clock_format(clock_wall_us(), when);
	n = snprintf(line, sizeof line, "%s [%d] %s: %s\n", when, (int)getpid(),
	    names[level], text);
	/* One write, so that lines of several threads do not mix. */
	if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
		return;
}
