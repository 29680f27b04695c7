#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Takes out what is no whole character, such as half of one at a "%.60s". */
static void keep_whole_characters(char *s)
{
	size_t len = strlen(s);
	size_t at = 0, kept = 0;

	while (at < len) {
		size_t valid = utf8_valid_prefix(s + at, len - at);

		memmove(s + kept, s + at, valid);
		kept += valid;
		at += valid + 1;
	}
	s[kept] = '\0';
}

int err_set(struct err *e, int code, const char *sqlstate, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	e->code = code;
	snprintf(e->sqlstate, sizeof e->sqlstate, "%s", sqlstate);
	va_start(ap, fmt);
	vsnprintf(e->message, sizeof e->message, fmt, ap);
	va_end(ap);
	keep_whole_characters(e->message);
	return code;
}

int err_nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, SQLSTATE_NOMEM, "out of memory");
}

void err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->message];
	size_t room;
	va_list ap;
	int n;

	if (!e)
		return;
	memcpy(old, e->message, sizeof old);
	va_start(ap, fmt);
	n = vsnprintf(e->message, sizeof e->message, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->message - 3) {
		room = sizeof e->message - (size_t)n - 3;
		snprintf(e->message + n, room + 3, ": %.*s", (int)room, old);
	}
	keep_whole_characters(e->message);
}
