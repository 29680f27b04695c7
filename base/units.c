#include "base/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t factor;
};

/* Ascending, as units_format needs it. */
static const struct unit durations[] = {
    {"us", 1},
    {"ms", 1000},
    {"s", 1000000},
    {"min", INT64_C(60) * 1000000},
    {"h", INT64_C(3600) * 1000000},
    {"d", INT64_C(86400) * 1000000},
    {NULL, 0},
};

static const struct unit sizes[] = {
    {"B", 1},
    {"kB", INT64_C(1) << 10},
    {"MB", INT64_C(1) << 20},
    {"GB", INT64_C(1) << 30},
    {"TB", INT64_C(1) << 40},
    {NULL, 0},
};

/* Digits, then whatever follows them in REST. */
static int read_number(
    const char *text, int64_t *n, const char **rest, struct err *e)
{
	char *end;

	if (*text < '0' || *text > '9')
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" is not a whole number", text);
	errno = 0;
	*n = strtoll(text, &end, 10);
	if (errno == ERANGE)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" is too large", text);
	*rest = end;
	return 0;
}

static int read_with_unit(const char *text, const struct unit *units,
    const char *known, int64_t *out, struct err *e)
{
	const char *rest;
	int rc = read_number(text, out, &rest, e);

	if (rc)
		return rc;
	while (*rest == ' ')
		rest++;
	if (*rest == '\0' && *out == 0)
		return 0;
	for (; units->name; units++) {
		if (strcmp(units->name, rest) != 0)
			continue;
		if (*out > INT64_MAX / units->factor)
			return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
			    "\"%.40s\" is too large", text);
		*out *= units->factor;
		return 0;
	}
	if (*rest == '\0')
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" has no unit (one of %s)", text, known);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "\"%.40s\" has an unknown unit \"%.20s\" (one of %s)", text, rest,
	    known);
}

int units_read_duration(const char *text, int64_t *us, struct err *e)
{
	return read_with_unit(text, durations, "us, ms, s, min, h, d", us, e);
}

int units_read_size(const char *text, int64_t *bytes, struct err *e)
{
	const char *rest;
	int rc = read_number(text, bytes, &rest, e);

	if (rc || *rest == '\0')
		return rc;
	return read_with_unit(text, sizes, "B, kB, MB, GB, TB", bytes, e);
}

int units_read_int(const char *text, int64_t *n, struct err *e)
{
	const char *digits = *text == '-' ? text + 1 : text;
	const char *rest;
	int rc = read_number(digits, n, &rest, e);

	if (rc)
		return rc;
	if (*rest != '\0')
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" is not a whole number", text);
	if (digits != text)
		*n = -*n;
	return 0;
}

static void format_with_unit(
    int64_t n, const struct unit *units, char out[UNITS_TEXT_SIZE])
{
	const struct unit *best = units;

	if (n == 0) {
		strcpy(out, "0");
		return;
	}
	for (; units->name; units++)
		if (n % units->factor == 0)
			best = units;
	snprintf(out, UNITS_TEXT_SIZE, "%" PRId64 "%s", n / best->factor,
	    best->name);
}

void units_format_duration(int64_t us, char out[UNITS_TEXT_SIZE])
{
	format_with_unit(us, durations, out);
}

void units_format_size(int64_t bytes, char out[UNITS_TEXT_SIZE])
{
	format_with_unit(bytes, sizes, out);
}
