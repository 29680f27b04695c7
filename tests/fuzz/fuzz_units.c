/*
 * Durations, sizes and numbers: what is read is written the same way, and
 * what is refused is told.
 */
#include <errno.h>
#include <string.h>

#include "base/units.h"
#include "tests/fuzz/fuzz.h"

static void check_error(int rc, const struct err *e)
{
	must(rc == ERR_INVALID && e->code == rc && e->message[0]);
}

static void check_duration(const char *text)
{
	char out[UNITS_TEXT_SIZE];
	int64_t us, again;
	struct err e;
	int rc = units_read_duration(text, &us, &e);

	if (rc) {
		check_error(rc, &e);
		return;
	}
	must(us >= 0);
	units_format_duration(us, out);
	must(units_read_duration(out, &again, &e) == 0 && again == us);
}

static void check_size(const char *text)
{
	char out[UNITS_TEXT_SIZE];
	int64_t bytes, again;
	struct err e;
	int rc = units_read_size(text, &bytes, &e);

	if (rc) {
		check_error(rc, &e);
		return;
	}
	must(bytes >= 0);
	units_format_size(bytes, out);
	must(units_read_size(out, &again, &e) == 0 && again == bytes);
}

static void check_int(const char *text)
{
	char *end;
	int64_t n, expected;
	struct err e;
	int rc = units_read_int(text, &n, &e);

	if (rc) {
		check_error(rc, &e);
		return;
	}
	errno = 0;
	expected = strtoll(text, &end, 10);
	must(errno == 0 && *end == '\0' && n == expected);
}

/* Any number at all can be written, and what is written can be read. */
static void check_format(const uint8_t *data, size_t size)
{
	char out[UNITS_TEXT_SIZE];
	int64_t n = 0, again;
	struct err e;

	memcpy(&n, data, size < sizeof n ? size : sizeof n);
	n &= INT64_MAX;
	units_format_duration(n, out);
	must(units_read_duration(out, &again, &e) == 0 && again == n);
	units_format_size(n, out);
	must(units_read_size(out, &again, &e) == 0 && again == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size);

	check_duration(text);
	check_size(text);
	check_int(text);
	check_format((const uint8_t *)text, size);
	free(text);
	return 0;
}
