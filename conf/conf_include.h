/*
 * The value of `include`: which files it means. Main thread; what is found
 * is in the caller's arena.
 */
#ifndef CONF_CONF_INCLUDE_H
#define CONF_CONF_INCLUDE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/macros.h"

struct conf_paths {
	const char **list;
	size_t n;
};

/*
 * The files that PATTERN (one item of the value) means, in byte order of
 * their names; relative ones are sought from the folder of FROM, the file
 * that includes. A pattern may match nothing in a folder that is there; a
 * plain path is given back whether the file is there or not.
 */
int conf_include_find(const char *from, const char *pattern,
    struct arena *arena, struct conf_paths *out, struct err *e) must_check;

#endif
