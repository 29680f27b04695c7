#include "pool/backend_pg.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct type {
	Oid oid;
	const char *name;
	enum pg_rule rule;
};

/* A type and the array of it, under PostgreSQL's fixed numbers. */
#define TYPE(oid, array_oid, name, rule)         \
	{oid, name, rule},                       \
	{                                        \
		array_oid, name "[]", PG_AS_TEXT \
	}

static const struct type types[] = {
    TYPE(16, 1000, "bool", PG_AS_BOOL),
    TYPE(17, 1001, "bytea", PG_AS_TEXT),
    TYPE(18, 1002, "char", PG_AS_TEXT),
    TYPE(19, 1003, "name", PG_AS_TEXT),
    TYPE(20, 1016, "int8", PG_AS_INT8),
    TYPE(21, 1005, "int2", PG_AS_NUMBER),
    TYPE(22, 1006, "int2vector", PG_AS_TEXT),
    TYPE(23, 1007, "int4", PG_AS_NUMBER),
    TYPE(24, 1008, "regproc", PG_AS_TEXT),
    TYPE(25, 1009, "text", PG_AS_TEXT),
    TYPE(26, 1028, "oid", PG_AS_TEXT),
    TYPE(27, 1010, "tid", PG_AS_TEXT),
    TYPE(28, 1011, "xid", PG_AS_TEXT),
    TYPE(29, 1012, "cid", PG_AS_TEXT),
    TYPE(30, 1013, "oidvector", PG_AS_TEXT),
    TYPE(114, 199, "json", PG_AS_JSON),
    TYPE(142, 143, "xml", PG_AS_TEXT),
    {194, "pg_node_tree", PG_AS_TEXT},
    TYPE(600, 1017, "point", PG_AS_TEXT),
    TYPE(601, 1018, "lseg", PG_AS_TEXT),
    TYPE(602, 1019, "path", PG_AS_TEXT),
    TYPE(603, 1020, "box", PG_AS_TEXT),
    TYPE(604, 1027, "polygon", PG_AS_TEXT),
    TYPE(628, 629, "line", PG_AS_TEXT),
    TYPE(650, 651, "cidr", PG_AS_TEXT),
    TYPE(700, 1021, "float4", PG_AS_FLOAT),
    TYPE(701, 1022, "float8", PG_AS_FLOAT),
    {705, "unknown", PG_AS_TEXT},
    TYPE(718, 719, "circle", PG_AS_TEXT),
    TYPE(774, 775, "macaddr8", PG_AS_TEXT),
    TYPE(790, 791, "money", PG_AS_TEXT),
    TYPE(829, 1040, "macaddr", PG_AS_TEXT),
    TYPE(869, 1041, "inet", PG_AS_TEXT),
    TYPE(1033, 1034, "aclitem", PG_AS_TEXT),
    TYPE(1042, 1014, "bpchar", PG_AS_TEXT),
    TYPE(1043, 1015, "varchar", PG_AS_TEXT),
    TYPE(1082, 1182, "date", PG_AS_TEXT),
    TYPE(1083, 1183, "time", PG_AS_TEXT),
    TYPE(1114, 1115, "timestamp", PG_AS_TEXT),
    TYPE(1184, 1185, "timestamptz", PG_AS_TEXT),
    TYPE(1186, 1187, "interval", PG_AS_TEXT),
    TYPE(1266, 1270, "timetz", PG_AS_TEXT),
    TYPE(1560, 1561, "bit", PG_AS_TEXT),
    TYPE(1562, 1563, "varbit", PG_AS_TEXT),
    TYPE(1700, 1231, "numeric", PG_AS_TEXT),
    TYPE(1790, 2201, "refcursor", PG_AS_TEXT),
    TYPE(2202, 2207, "regprocedure", PG_AS_TEXT),
    TYPE(2203, 2208, "regoper", PG_AS_TEXT),
    TYPE(2204, 2209, "regoperator", PG_AS_TEXT),
    TYPE(2205, 2210, "regclass", PG_AS_TEXT),
    TYPE(2206, 2211, "regtype", PG_AS_TEXT),
    TYPE(2249, 2287, "record", PG_AS_TEXT),
    TYPE(2275, 1263, "cstring", PG_AS_TEXT),
    {2278, "void", PG_AS_TEXT},
    TYPE(2950, 2951, "uuid", PG_AS_TEXT),
    TYPE(2970, 2949, "txid_snapshot", PG_AS_TEXT),
    TYPE(3220, 3221, "pg_lsn", PG_AS_TEXT),
    TYPE(3614, 3643, "tsvector", PG_AS_TEXT),
    TYPE(3615, 3645, "tsquery", PG_AS_TEXT),
    TYPE(3734, 3735, "regconfig", PG_AS_TEXT),
    TYPE(3769, 3770, "regdictionary", PG_AS_TEXT),
    TYPE(3802, 3807, "jsonb", PG_AS_JSON),
    TYPE(3904, 3905, "int4range", PG_AS_TEXT),
    TYPE(3906, 3907, "numrange", PG_AS_TEXT),
    TYPE(3908, 3909, "tsrange", PG_AS_TEXT),
    TYPE(3910, 3911, "tstzrange", PG_AS_TEXT),
    TYPE(3912, 3913, "daterange", PG_AS_TEXT),
    TYPE(3926, 3927, "int8range", PG_AS_TEXT),
    TYPE(4072, 4073, "jsonpath", PG_AS_TEXT),
    TYPE(4089, 4090, "regnamespace", PG_AS_TEXT),
    TYPE(4096, 4097, "regrole", PG_AS_TEXT),
    TYPE(4191, 4192, "regcollation", PG_AS_TEXT),
    TYPE(4451, 6150, "int4multirange", PG_AS_TEXT),
    TYPE(4532, 6151, "nummultirange", PG_AS_TEXT),
    TYPE(4533, 6152, "tsmultirange", PG_AS_TEXT),
    TYPE(4534, 6153, "tstzmultirange", PG_AS_TEXT),
    TYPE(4535, 6155, "datemultirange", PG_AS_TEXT),
    TYPE(4536, 6157, "int8multirange", PG_AS_TEXT),
    TYPE(5038, 5039, "pg_snapshot", PG_AS_TEXT),
    TYPE(5069, 271, "xid8", PG_AS_TEXT),
};

static const struct type *find_type(Oid oid)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].oid == oid)
			return &types[i];
	return NULL;
}

enum pg_rule pg_type_rule(Oid oid)
{
	const struct type *t = find_type(oid);

	return t ? t->rule : PG_AS_TEXT;
}

/*
 * Types that users made have numbers of the database's own; their names would
 * need a query, so they are told by number.
 */
const char *pg_type_name(Oid oid, char buf[PG_TYPE_NAME_SIZE])
{
	const struct type *t = find_type(oid);

	if (t)
		return t->name;
	snprintf(buf, PG_TYPE_NAME_SIZE, "oid:%u", oid);
	return buf;
}

/* A double keeps every integer up to 2^53. */
#define DOUBLE_EXACT (INT64_C(1) << 53)

static bool is_exact_in_double(const char *text, size_t len)
{
	long long v;

	if (len <= 15)
		return true;
	v = strtoll(text, NULL, 10);
	return v >= -DOUBLE_EXACT && v <= DOUBLE_EXACT;
}

enum value_kind pg_type_kind(enum pg_rule rule, const char *text, size_t len)
{
	bool as_number = false;

	switch (rule) {
	case PG_AS_TEXT:
		return VALUE_TEXT;
	case PG_AS_BOOL:
		return VALUE_BOOL;
	case PG_AS_JSON:
		return VALUE_JSON;
	case PG_AS_NUMBER:
		as_number = true;
		break;
	case PG_AS_INT8:
		as_number = is_exact_in_double(text, len);
		break;
	case PG_AS_FLOAT: /* not NaN, Infinity, -Infinity */
		as_number = len > 0 && isdigit((unsigned char)text[len - 1]);
		break;
	}
	return as_number ? VALUE_NUMBER : VALUE_TEXT;
}
