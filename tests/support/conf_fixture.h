/*
 * A config in a temporary folder of its own, which is the current one while a
 * test runs, so that messages have short paths.
 */
#ifndef TESTS_SUPPORT_CONF_FIXTURE_H
#define TESTS_SUPPORT_CONF_FIXTURE_H

#include <stddef.h>

#include "base/buf.h"
#include "conf/conf.h"

#define CONF_FIXTURE_MAX 8

struct conf_fixture {
	char folder[64], before[4096];
	const char *set[CONF_FIXTURE_MAX + 1]; /* up to a NULL */
	char *environ[CONF_FIXTURE_MAX + 1];
	struct conf *conf; /* what was loaded, or NULL */
	struct buf errors;
	int rc;
};

int conf_fixture_setup(void **state);
int conf_fixture_teardown(void **state);

void conf_fixture_write(const char *name, const void *text, size_t len);

/* Loads FILE (NULL: none) with f->set and f->environ. */
void conf_fixture_load(struct conf_fixture *f, const char *file);

/* Loads TEXT as "f.ini" and expects it to be right. */
const struct conf *conf_fixture_good(struct conf_fixture *f, const char *text);

/* Loads TEXT as "f.ini" (NULL: no file) and expects exactly these errors. */
void conf_fixture_bad(
    struct conf_fixture *f, const char *text, const char *errors);

#endif
