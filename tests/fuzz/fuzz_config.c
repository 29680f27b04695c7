/*
 * The configuration file: either a whole configuration, which says the same
 * when it is written down and read again, or errors, each with its place.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conf/conf.h"
#include "tests/fuzz/fuzz.h"

#define PATH_SIZE 40

/* A file without a folder; its descriptor, and a path for it. */
static int make_file(const char *text, size_t len, char path[PATH_SIZE])
{
	int fd = memfd_create("conf", MFD_CLOEXEC);

	must(fd >= 0);
	must(write(fd, text, len) == (ssize_t)len);
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
	return fd;
}

static int load(
    const char *text, size_t len, struct conf **conf, struct buf *errors)
{
	char path[PATH_SIZE];
	int fd = make_file(text, len, path);
	const struct conf_source source = {.file = path};
	int rc = conf_load(&source, conf, errors);

	must(!errors->failed && (rc == 0) == (*conf != NULL));
	close(fd);
	return rc;
}

/* Whole lines, each of which begins with its place, or is the one total. */
static void check_errors(struct buf *errors)
{
	char *line, *text = errors->data;
	size_t len = errors->len;

	must(len && text[len - 1] == '\n');
	must(!memchr(text, '\0', len));
	while (len) {
		line = text;
		text = memchr(line, '\n', len);
		len -= (size_t)(text - line) + 1;
		*text++ = '\0';
		must(strstr(line, ": "));
	}
}

struct writer {
	struct buf out, section; /* the section that is being written */
};

static void write_item(void *ctx, const struct conf_item *item)
{
	struct writer *w = ctx;

	must(item->section && item->key && item->value);
	must(item->default_value && !strchr(item->value, '\n'));
	if (strcmp(buf_cstr(&w->section), item->section) != 0)
		buf_appendf(&w->out, "[%s]\n", item->section);
	buf_clear(&w->section);
	buf_append_str(&w->section, item->section);
	if (item->value[0])
		buf_appendf(&w->out, "%s = %s\n", item->key, item->value);
}

static void check_conf(const struct conf *conf)
{
	must(conf->n_databases > 0 && conf->n_listen > 0);
	must(conf_find_database(conf, conf->default_database));
	for (size_t i = 0; i < conf->n_databases; i++) {
		const struct conf_database *d = &conf->databases[i];

		must(d->pool_size > 0 && d->min_pool_size <= d->pool_size);
		must(d->engine == CONF_ENGINE_SQLITE ? !!d->path
		                                     : !!d->conninfo);
		must(conf_find_database(conf, d->name) == d);
	}
}

static void check_round_trip(const struct conf *conf)
{
	struct writer w;
	struct conf *again;
	struct buf errors, changes;

	buf_init(&w.out);
	buf_init(&w.section);
	buf_init(&errors);
	buf_init(&changes);
	conf_each(conf, write_item, &w);
	if (load(w.out.data, w.out.len, &again, &errors))
		fprintf(stderr, "%.*s", (int)errors.len, errors.data);
	must(errors.len == 0);
	conf_diff(conf, again, &changes);
	must(!changes.failed && changes.len == 0);
	conf_free(&again);
	buf_release(&w.out);
	buf_release(&w.section);
	buf_release(&errors);
	buf_release(&changes);
}

/* Other files are none of the fuzzer's business. */
static bool includes(const uint8_t *data, size_t size)
{
	return memmem(data, size, "include", 7) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *conf;
	struct buf errors;

	if (includes(data, size))
		return -1;
	buf_init(&errors);
	if (load((const char *)data, size, &conf, &errors)) {
		check_errors(&errors);
	} else {
		must(errors.len == 0);
		check_conf(conf);
		check_round_trip(conf);
	}
	conf_free(&conf);
	buf_release(&errors);
	return 0;
}
