/*
 * One line as JSON: parsing, and reading an object's fields by a table, with
 * errors that say where and what was meant. With request_batch.c the only
 * user of the JSON library in the daemon.
 *
 * Pure; any thread.
 */
#ifndef PROXY_REQUEST_JSON_H
#define PROXY_REQUEST_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/macros.h"

struct fields {
	struct arena *arena;
	const char *where; /* "statements[3]", or "" at the top */
	void *target;
};

/* Reads VALUE into f->target. KEY is the field's name, for messages. */
typedef int (*field_reader)(const struct fields *f, const char *key,
    const json_t *value, struct err *e);

struct field {
	const char *name;
	field_reader read;
};

/*
 * LINE as a JSON object. Where it is one but for NULs or what is not UTF-8,
 * *OUT is what can be made of it and the result is ERR_INVALID all the same;
 * in every other failure *OUT is NULL. The caller frees it (json_decref).
 */
int request_parse(
    const char *line, size_t len, json_t **out, struct err *e) must_check;

/*
 * Calls the reader of each of OBJECT's fields. A name that TABLE does not
 * have is refused with the nearest it has; names that begin with x_ are
 * passed over.
 */
int fields_read(const struct fields *f, const json_t *object,
    const struct field *table, size_t n, struct err *e) must_check;

/* The readers' readers: each says where and what was expected. */
int field_string(const struct fields *f, const char *key, const json_t *value,
    const char **out, size_t *len, struct err *e) must_check;
int field_bool(const struct fields *f, const char *key, const json_t *value,
    bool *out, struct err *e) must_check;
int field_int(const struct fields *f, const char *key, const json_t *value,
    int64_t min, int64_t max, int64_t *out, struct err *e) must_check;

/* One of WORDS[0..n): its index. */
int field_word(const struct fields *f, const char *key, const json_t *value,
    const char *const *words, size_t n, int *out, struct err *e) must_check;

/* "WHERE.KEY: message" */
int field_error(const struct fields *f, const char *key, struct err *e,
    const char *fmt, ...) printf_like(4, 5);

#endif
