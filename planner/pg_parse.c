#include "planner/pg_parse.h"

#include <pg_query.h>
#include <stdlib.h>
#include <string.h>

/* One string of the JSON text, as it is between its quotes. */
struct json_string {
	const char *at;
	size_t len;
	bool is_key;
};

struct tree_reader {
	const char *at; /* NUL-terminated JSON without white space */
	struct pg_facts *facts;
	enum pg_root root;
	unsigned statements;
	bool partitions; /* PARTITION OF … FOR VALUES: bounds are evaluated */
};

static const struct {
	const char *name;
	enum pg_root root;
} roots[] = {
    {"SelectStmt", PG_ROOT_SELECT},
    {"InsertStmt", PG_ROOT_RUNS},
    {"UpdateStmt", PG_ROOT_RUNS},
    {"DeleteStmt", PG_ROOT_RUNS},
    {"MergeStmt", PG_ROOT_RUNS},
    {"CreateTableAsStmt", PG_ROOT_RUNS},
    {"AlterTableStmt", PG_ROOT_RUNS},
    {"IndexStmt", PG_ROOT_RUNS},
    {"CreateSeqStmt", PG_ROOT_RUNS},
    {"AlterSeqStmt", PG_ROOT_RUNS},
    {"CreateSchemaStmt", PG_ROOT_RUNS},
    {"CreateDomainStmt", PG_ROOT_RUNS},
    {"AlterDomainStmt", PG_ROOT_RUNS},
    {"CreateEnumStmt", PG_ROOT_RUNS},
    {"AlterEnumStmt", PG_ROOT_RUNS},
    {"CompositeTypeStmt", PG_ROOT_RUNS},
    {"CreateStatsStmt", PG_ROOT_RUNS},
    {"CreateRoleStmt", PG_ROOT_RUNS},
    {"CreatedbStmt", PG_ROOT_RUNS},
    {"RenameStmt", PG_ROOT_RUNS},
    {"AlterOwnerStmt", PG_ROOT_RUNS},
    {"AlterObjectSchemaStmt", PG_ROOT_RUNS},
    {"CreateStmt", PG_ROOT_DEFINES},
    {"ViewStmt", PG_ROOT_DEFINES},
    {"CreateFunctionStmt", PG_ROOT_DEFINES},
    {"CreateTrigStmt", PG_ROOT_DEFINES},
    {"CreatePolicyStmt", PG_ROOT_DEFINES},
    {"RuleStmt", PG_ROOT_DEFINES},
};

/* A key whose mere presence is a fact. */
static const char *const changing[] = {"InsertStmt", "UpdateStmt", "DeleteStmt",
    "MergeStmt", "intoClause", "lockingClause"};

static bool equals(const struct json_string *s, const char *word)
{
	return s->len == strlen(word) && memcmp(s->at, word, s->len) == 0;
}

/* r->at is at an opening quote. */
static void read_string(struct tree_reader *r, struct json_string *s)
{
	const char *p = r->at + 1;

	s->at = p;
	while (*p && *p != '"')
		p += *p == '\\' && p[1] ? 2 : 1;
	s->len = (size_t)(p - s->at);
	r->at = *p ? p + 1 : p;
	s->is_key = *r->at == ':';
}

/* The next string before the end, or before STOP; false when there is none. */
static bool next_string(struct tree_reader *r, struct json_string *s, char stop)
{
	while (*r->at && *r->at != '"' && *r->at != stop)
		r->at++;
	if (*r->at != '"')
		return false;
	read_string(r, s);
	return true;
}

/*
 * A call's name: [{"String":{"sval":"pg_catalog"}},{"String":{…}}]. A name
 * that is qualified with anything else is not a built-in function's.
 */
static enum pg_call read_call(struct tree_reader *r)
{
	struct json_string s, name = {0};
	bool known = true;

	if (!next_string(r, &s, '}') || !equals(&s, "funcname"))
		return PG_CALL_ANY;
	while (next_string(r, &s, ']')) {
		if (s.is_key)
			continue;
		if (name.at && !equals(&name, "pg_catalog"))
			known = false;
		name = s;
	}
	/* Quoted capitals make another name, which must not be folded. */
	for (size_t i = 0; i < name.len; i++)
		known = known && !(name.at[i] >= 'A' && name.at[i] <= 'Z');
	return known && name.at ? pg_function_call(name.at, name.len)
	                        : PG_CALL_ANY;
}

static enum pg_root find_root(const struct json_string *key)
{
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (equals(key, roots[i].name))
			return roots[i].root;
	return PG_ROOT_OTHER;
}

static void read_key(struct tree_reader *r, const struct json_string *key)
{
	struct json_string s;

	for (size_t i = 0; i < ARRAY_LEN(changing); i++)
		r->facts->changes |= equals(key, changing[i]);
	if (equals(key, "FuncCall")) {
		pg_facts_add_call(r->facts, read_call(r));
	} else if (equals(key, "ExecuteStmt")) {
		r->facts->calls_any = true;
		r->facts->needs_session = true;
	} else if (equals(key, "partbound")) {
		r->partitions = true;
	} else if (equals(key, "relpersistence") && next_string(r, &s, '}')) {
		r->facts->temp |= equals(&s, "t");
	}
}

static void read_tree(struct tree_reader *r)
{
	struct json_string s;
	bool root_next = false;

	while (next_string(r, &s, '\0')) {
		if (!s.is_key) {
			r->facts->temp |= s.len >= strlen("pg_temp") &&
			                  !strncmp(s.at, "pg_temp", 7);
			continue;
		}
		if (root_next)
			r->root = find_root(&s);
		root_next = equals(&s, "stmt");
		r->statements += root_next;
		read_key(r, &s);
	}
	if (r->partitions && r->root == PG_ROOT_DEFINES)
		r->root = PG_ROOT_RUNS;
}

bool pg_parse(
    const char *text, size_t len, enum pg_root *root, struct pg_facts *facts)
{
	struct tree_reader r = {.facts = facts};
	PgQueryParseResult result;
	char *copy = strndup(text, len);
	bool parsed;

	memset(facts, 0, sizeof *facts);
	*root = PG_ROOT_OTHER;
	if (!copy)
		return false;
	result = pg_query_parse(copy);
	free(copy);
	parsed = !result.error && result.parse_tree;
	if (parsed) {
		r.at = result.parse_tree;
		read_tree(&r);
		*root = r.root;
	}
	pg_query_free_parse_result(result);
	return parsed && r.statements == 1;
}
