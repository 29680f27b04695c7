#include "conf/conf_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/conf_include.h"
#include "conf/conf_ini.h"
#include "conf/conf_text.h"

#define LARGEST_FILE 1048576
#define DEEPEST 16

/* A file that was opened, so that it is not read twice. */
struct seen {
	struct list link;
	dev_t dev;
	ino_t ino;
};

struct files {
	struct conf_draft *draft;
	struct list seen;
	unsigned n; /* numbered from 1 */
};

/* One file while it is read. */
struct file {
	struct files *files;
	const char *path;
	unsigned number, depth;
	struct conf_draft_section *section; /* NULL: of no known section */
	bool in_section;
	const char *include; /* what this file said */
	struct conf_origin include_origin;
};

static int make_origin(
    const struct file *f, unsigned line, struct conf_origin *out)
{
	out->file = f->number;
	out->where =
	    arena_printf(&f->files->draft->scratch, "%s:%u", f->path, line);
	return out->where ? 0 : ERR_NOMEM;
}

static int on_error(void *ctx, unsigned line, const char *what)
{
	struct file *f = ctx;
	struct conf_origin origin;

	if (make_origin(f, line, &origin))
		return ERR_NOMEM;
	conf_draft_error(f->files->draft, origin.where, "%s", what);
	return 0;
}

static int on_section(void *ctx, unsigned line, const char *name)
{
	struct file *f = ctx;
	struct conf_origin origin, *last;

	f->in_section = true;
	f->section = NULL;
	if (make_origin(f, line, &origin))
		return ERR_NOMEM;
	if (name && conf_draft_open(f->files->draft, name, origin, &f->section))
		return ERR_NOMEM;
	if (!f->section) {
		f->files->draft->incomplete = true;
		return 0;
	}
	last = &f->section->origin;
	if (last->file == f->number)
		conf_draft_error(f->files->draft, origin.where,
		    "[%s] was begun before, at %s: put its keys together", name,
		    last->where);
	else
		*last = origin;
	return 0;
}

/* Has this very file set NAME already? Then that is told. */
static bool is_duplicate(
    const struct file *f, const char *name, struct conf_origin origin)
{
	const struct conf_key *key = conf_key_find(f->section->kind, name);
	struct conf_origin last;

	if (!key)
		return false;
	last = f->section->settings[key - conf_keys].origin;
	if (last.file != f->number)
		return false;
	conf_draft_error(f->files->draft, origin.where,
	    "%s was set before, at %s", name, last.where);
	return true;
}

static int note_include(
    struct file *f, const char *value, struct conf_origin origin)
{
	f->include = arena_strdup(&f->files->draft->scratch, value);
	f->include_origin = origin;
	return f->include ? 0 : ERR_NOMEM;
}

static int on_key(void *ctx, unsigned line, const char *key, const char *value)
{
	struct file *f = ctx;
	struct conf_origin origin;

	if (make_origin(f, line, &origin))
		return ERR_NOMEM;
	if (!f->in_section)
		conf_draft_error(f->files->draft, origin.where,
		    "a key before any section: begin with [fanoutd] or "
		    "[database NAME]");
	if (!f->section || is_duplicate(f, key, origin))
		return 0;
	if (f->section->kind == CONF_SECTION_fanoutd &&
	    strcmp(key, "include") == 0 && note_include(f, value, origin))
		return ERR_NOMEM;
	return conf_draft_set_named(
	    f->files->draft, f->section, key, value, origin);
}

/* Tells what keeps PATH from being read; INCLUDED_AT is NULL for the first. */
static void cannot_read(struct files *files, const char *included_at,
    const char *path, const char *why)
{
	files->draft->incomplete = true;
	if (included_at)
		conf_draft_error(files->draft, included_at,
		    "include: %s cannot be read: %s", path, why);
	else
		conf_draft_error(files->draft, path, "cannot be read: %s", why);
}

/* Marks the open file as seen; false (and told) when it already was. */
static int mark_seen(struct files *files, const char *included_at,
    const char *path, const struct stat *st, bool *is_new)
{
	struct seen *seen;
	struct list *it;

	*is_new = false;
	list_for_each (it, &files->seen) {
		seen = container_of(it, struct seen, link);
		if (seen->dev != st->st_dev || seen->ino != st->st_ino)
			continue;
		conf_draft_error(files->draft, included_at,
		    "include: %s was read before: includes must not go in "
		    "circles, nor name a file twice",
		    path);
		return 0;
	}
	seen = arena_alloc(&files->draft->scratch, sizeof *seen);
	if (!seen)
		return ERR_NOMEM;
	seen->dev = st->st_dev;
	seen->ino = st->st_ino;
	list_append(&files->seen, &seen->link);
	*is_new = true;
	return 0;
}

/* All of IN, up to a byte more than is allowed; an errno, or 0. */
static int slurp(FILE *in, struct buf *text)
{
	char chunk[4096];
	size_t n;

	while (text->len <= LARGEST_FILE &&
	       (n = fread(chunk, 1, sizeof chunk, in)) > 0)
		buf_append(text, chunk, n);
	return ferror(in) ? errno : 0;
}

/* *READ is whether TEXT is the file; where it is not, why was told. */
static int load(struct files *files, const char *included_at, const char *path,
    struct buf *text, bool *read)
{
	FILE *in = fopen(path, "re");
	struct stat st;
	int rc = 0, error;

	*read = false;
	if (!in) {
		cannot_read(files, included_at, path, strerror(errno));
		return 0;
	}
	if (fstat(fileno(in), &st) != 0) {
		cannot_read(files, included_at, path, strerror(errno));
		goto out;
	}
	rc = mark_seen(files, included_at, path, &st, read);
	if (rc || !*read)
		goto out;
	error = slurp(in, text);
	if (text->failed)
		rc = ERR_NOMEM;
	*read = !error && text->len <= LARGEST_FILE;
	if (error)
		cannot_read(files, included_at, path, strerror(error));
	else if (!*read)
		cannot_read(files, included_at, path, "it is over 1MB");
out:
	fclose(in);
	return rc;
}

static int read_file(struct files *files, const char *included_at,
    const char *path, unsigned depth);

static int read_pattern(struct file *f, const char *pattern)
{
	struct conf_draft *d = f->files->draft;
	const char *where = f->include_origin.where;
	struct conf_paths paths;
	struct err e;
	int rc = conf_include_find(f->path, pattern, &d->scratch, &paths, &e);

	if (rc == ERR_NOMEM)
		return rc;
	if (rc) {
		d->incomplete = true;
		conf_draft_error(d, where, "include: %s", e.message);
		return 0;
	}
	for (size_t i = 0; i < paths.n && !rc; i++)
		rc = read_file(f->files, where, paths.list[i], f->depth + 1);
	return rc;
}

static int read_includes(struct file *f)
{
	struct conf_draft *d = f->files->draft;
	const char *outer = d->conf->include;
	struct conf_span rest, item;
	int rc = 0;

	if (!f->include)
		return 0;
	if (f->depth == DEEPEST) {
		conf_draft_error(d, f->include_origin.where,
		    "include: files are nested more than %d deep", DEEPEST);
		return 0;
	}
	rest = conf_span(f->include, strlen(f->include));
	while (!rc && conf_span_next(&rest, &item)) {
		char *pattern = arena_strndup(&d->scratch, item.s, item.len);

		if (!pattern)
			rc = ERR_NOMEM;
		else if (item.len == 0)
			conf_draft_error(d, f->include_origin.where,
			    "include: a comma too many");
		else
			rc = read_pattern(f, pattern);
	}
	d->conf->include = outer; /* an included file may have its own */
	return rc;
}

static int parse(struct file *f, const struct buf *text)
{
	static const struct conf_ini_sink sink = {
	    .on_section = on_section,
	    .on_key = on_key,
	    .on_error = on_error,
	};

	return conf_ini_parse(text->data, text->len, &sink, f);
}

static int read_file(struct files *files, const char *included_at,
    const char *path, unsigned depth)
{
	struct file f = {.files = files, .path = path, .depth = depth};
	struct buf text;
	bool read;
	int rc;

	buf_init(&text);
	rc = load(files, included_at, path, &text, &read);
	if (!rc && read) {
		f.number = ++files->n;
		rc = parse(&f, &text);
	}
	buf_release(&text);
	return rc ? rc : read_includes(&f);
}

int conf_file_read(struct conf_draft *d, const char *path)
{
	struct files files = {.draft = d};

	list_init(&files.seen);
	return read_file(&files, NULL, path, 0);
}
