#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts an incomplete UTF-8 character off the end of a full buffer. */
static void trim_partial_char(char *s)
{
	size_t len = strlen(s);
	size_t i = len;
	size_t need;
	unsigned char lead;

	while (i > 0 && ((unsigned char)s[i - 1] & 0xC0) == 0x80)
		i--;
	if (i == 0)
		return;
	lead = (unsigned char)s[i - 1];
	need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	if (len - (i - 1) < need)
		s[i - 1] = '\0';
}

int err_set(struct err *e, int code, const char *sqlstate, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!e)
		return code;
	e->code = code;
	snprintf(e->sqlstate, sizeof e->sqlstate, "%s", sqlstate);
	va_start(ap, fmt);
	n = vsnprintf(e->message, sizeof e->message, fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof e->message)
		trim_partial_char(e->message);
	return code;
}

int err_nomem(struct err *e)
{
	return err_set(e, ERR_NOMEM, SQLSTATE_NOMEM, "out of memory");
}

void err_prefix(struct err *e, const char *fmt, ...)
{
	char old[sizeof e->message];
	va_list ap;
	int n;

	if (!e)
		return;
	memcpy(old, e->message, sizeof old);
	va_start(ap, fmt);
	n = vsnprintf(e->message, sizeof e->message, fmt, ap);
	va_end(ap);
	if (n >= 0 && n < (int)sizeof e->message)
		n += snprintf(
		    e->message + n, sizeof e->message - (size_t)n, ": %s", old);
	if (n >= (int)sizeof e->message)
		trim_partial_char(e->message);
}
