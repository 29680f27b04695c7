#include "tests/support/conf_fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"

int conf_fixture_setup(void **state)
{
	struct conf_fixture *f = calloc(1, sizeof *f);

	if (!f || !getcwd(f->before, sizeof f->before))
		return -1;
	buf_init(&f->errors);
	strcpy(f->folder, "/tmp/fanout-conf-XXXXXX");
	*state = f;
	return mkdtemp(f->folder) ? chdir(f->folder) : -1;
}

static int remove_one(
    const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int conf_fixture_teardown(void **state)
{
	struct conf_fixture *f = *state;
	int rc = chdir(f->before);

	conf_free(&f->conf);
	buf_release(&f->errors);
	if (nftw(f->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
		rc = -1;
	free(f);
	return rc;
}

void conf_fixture_write(const char *name, const void *text, size_t len)
{
	FILE *out = fopen(name, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

void conf_fixture_load(struct conf_fixture *f, const char *file)
{
	struct conf_source source = {
	    .file = file, .set = f->set, .environ = f->environ};

	while (f->set[source.n_set])
		source.n_set++;
	conf_free(&f->conf);
	buf_clear(&f->errors);
	f->rc = conf_load(&source, &f->conf, &f->errors);
	assert_true((f->rc == 0) == (f->conf != NULL));
}

const struct conf *conf_fixture_good(struct conf_fixture *f, const char *text)
{
	conf_fixture_write("f.ini", text, strlen(text));
	conf_fixture_load(f, "f.ini");
	assert_string_equal(buf_cstr(&f->errors), "");
	assert_int_equal(f->rc, 0);
	return f->conf;
}

void conf_fixture_bad(
    struct conf_fixture *f, const char *text, const char *errors)
{
	if (text)
		conf_fixture_write("f.ini", text, strlen(text));
	conf_fixture_load(f, text ? "f.ini" : NULL);
	assert_string_equal(buf_cstr(&f->errors), errors);
	assert_int_equal(f->rc, ERR_INVALID);
}
