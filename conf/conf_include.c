#include "conf/conf_include.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* The folder part of FROM up to its last "/", or nothing. */
static size_t folder_length(const char *from, const char *pattern)
{
	const char *slash = strrchr(from, '/');

	if (pattern[0] == '/' || !slash)
		return 0;
	return (size_t)(slash + 1 - from);
}

/* The folder's name is no pattern, whatever characters it has. */
static char *escape(struct arena *arena, const char *s, size_t len)
{
	char *out = arena_alloc(arena, 2 * len + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < len; i++) {
		if (strchr("*?[]\\", s[i]))
			out[n++] = '\\';
		out[n++] = s[i];
	}
	return out;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int copy_paths(
    const glob_t *found, struct arena *arena, struct conf_paths *out)
{
	out->list = arena_alloc_n(arena, found->gl_pathc, sizeof *out->list);
	if (!out->list)
		return ERR_NOMEM;
	for (; out->n < found->gl_pathc; out->n++) {
		out->list[out->n] =
		    arena_strdup(arena, found->gl_pathv[out->n]);
		if (!out->list[out->n])
			return ERR_NOMEM;
	}
	qsort(out->list, out->n, sizeof *out->list, by_bytes);
	return 0;
}

static int find_matches(const char *full, const char *pattern,
    struct arena *arena, struct conf_paths *out, struct err *e)
{
	glob_t found = {0};
	int rc = glob(full, GLOB_ERR | GLOB_NOSORT, NULL, &found);

	if (rc == 0 && copy_paths(&found, arena, out) != 0)
		rc = GLOB_NOSPACE;
	globfree(&found);
	if (rc == 0 || rc == GLOB_NOMATCH)
		return 0;
	if (rc == GLOB_NOSPACE)
		return err_nomem(e);
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "\"%.160s\" cannot be searched: %s", pattern, strerror(errno));
}

int conf_include_find(const char *from, const char *pattern,
    struct arena *arena, struct conf_paths *out, struct err *e)
{
	size_t len = folder_length(from, pattern);
	const char *folder, *full;

	out->n = 0;
	if (strpbrk(pattern, "*?[")) {
		folder = escape(arena, from, len);
		full = folder ? arena_printf(arena, "%s%s", folder, pattern)
		              : NULL;
		return full ? find_matches(full, pattern, arena, out, e)
		            : err_nomem(e);
	}
	out->list = arena_alloc_n(arena, 1, sizeof *out->list);
	full = arena_printf(arena, "%.*s%s", (int)len, from, pattern);
	if (!out->list || !full)
		return err_nomem(e);
	out->list[out->n++] = full;
	return 0;
}
