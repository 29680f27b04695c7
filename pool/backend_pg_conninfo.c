#include "pool/backend_pg.h"

#include <stdlib.h>
#include <string.h>

/*
 * The conninfo of a config, read once: libpq's table of every key it knows,
 * with the values to connect with. No message repeats any of its text, since
 * a password with a space in it can look like anything.
 */

/* Where the conninfo does not say otherwise. */
static const struct {
	const char *key, *value;
} defaults[] = {
    {"application_name", "fanout"},
    /* A server that went away silently is noticed within minutes … */
    {"keepalives_idle", "60"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
    /* … but one that makes a COPY wait for a lock is given time. */
    {"tcp_user_timeout", "300000"},
    /* Asking a Kerberos server would block the loop. */
    {"gssencmode", "disable"},
};

/* Keys that would do something else than their user thinks. */
static const struct {
	const char *key, *message;
} refused[] = {
    {"service", "service is not read; write out what it stands for"},
    {"replication", "replication connections are not supported"},
    {"connect_timeout",
        "connect_timeout has no effect here; set server_connect_timeout"},
};

static PQconninfoOption *find(PQconninfoOption *options, const char *key)
{
	PQconninfoOption *o;

	for (o = options; o->keyword; o++)
		if (strcmp(o->keyword, key) == 0)
			return o;
	return NULL;
}

/* The value, or NULL where there is none; an empty one is none to libpq. */
const char *pg_conninfo_get(const PQconninfoOption *options, const char *key)
{
	const PQconninfoOption *o;

	for (o = options; o->keyword; o++)
		if (strcmp(o->keyword, key) == 0)
			return o->val && *o->val ? o->val : NULL;
	return NULL;
}

static int set(PQconninfoOption *options, const char *key, const char *value,
    struct err *e)
{
	PQconninfoOption *o = find(options, key);
	char *copy;

	if (!o) /* a key that this libpq does not know yet */
		return 0;
	copy = strdup(value);
	if (!copy)
		return err_nomem(e);
	free(o->val);
	o->val = copy;
	return 0;
}

static int set_defaults(PQconninfoOption *options, struct err *e)
{
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_LEN(defaults); i++) {
		if (pg_conninfo_get(options, defaults[i].key))
			continue;
		rc = set(options, defaults[i].key, defaults[i].value, e);
		if (rc)
			return rc;
	}
	return set(options, "client_encoding", "UTF8", e);
}

/*
 * Startup options are what RESET and DISCARD ALL go back to, whatever the
 * role or the database says. read_only stops mistakes, not malice: a session
 * can still say BEGIN READ WRITE.
 */
static int set_options(PQconninfoOption *options, bool read_only, struct err *e)
{
	const char *given = pg_conninfo_get(options, "options");
	struct buf text;
	int rc;

	buf_init(&text);
	if (given)
		buf_appendf(&text, "%s ", given);
	buf_append_str(&text, "-c standard_conforming_strings=on");
	if (read_only)
		buf_append_str(&text, " -c default_transaction_read_only=on");
	if (buf_cstr(&text))
		rc = set(options, "options", text.data, e);
	else
		rc = err_nomem(e);
	buf_release(&text);
	return rc;
}

static int invalid(struct err *e, const char *message)
{
	return err_set(e, ERR_INVALID, "F0000", "conninfo: %s", message);
}

/* Items of a comma-separated list. */
size_t pg_list_count(const char *list)
{
	size_t n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

/* One of the list for each of HOSTS, or, where ALONE is enough, one. */
static bool fits(const char *list, const char *hosts, bool alone)
{
	return !list || !hosts || (alone && !strchr(list, ',')) ||
	       pg_list_count(list) == pg_list_count(hosts);
}

static bool ports_are_valid(const char *ports)
{
	while (ports) {
		size_t len = strcspn(ports, ",");
		char *end;
		long port = strtol(ports, &end, 10);

		if (len > 0 && (end != ports + len || port < 1 || port > 65535))
			return false;
		ports = ports[len] ? ports + len + 1 : NULL;
	}
	return true;
}

static int check_lists(const PQconninfoOption *options, struct err *e)
{
	const char *hosts = pg_conninfo_get(options, "host");
	const char *addresses = pg_conninfo_get(options, "hostaddr");
	const char *ports = pg_conninfo_get(options, "port");

	if (!fits(addresses, hosts, false))
		return invalid(e, "host and hostaddr differ in length");
	if (!fits(ports, hosts ? hosts : addresses, true))
		return invalid(e, "host and port differ in length");
	if (!ports_are_valid(ports))
		return invalid(e, "a port is not a number from 1 to 65535");
	return 0;
}

static int check_options(const PQconninfoOption *options, struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(refused); i++)
		if (pg_conninfo_get(options, refused[i].key))
			return invalid(e, refused[i].message);
	return check_lists(options, e);
}

static int parse(const char *text, PQconninfoOption **out, struct err *e)
{
	char *message = NULL;
	bool no_memory;

	*out = PQconninfoParse(text, &message);
	if (*out)
		return 0;
	no_memory = !message;
	PQfreemem(message);
	if (no_memory)
		return err_nomem(e);
	return invalid(e,
	    "expected \"key=value key=value …\" with keys that libpq knows "
	    "and values that hold spaces in single quotes, or "
	    "\"postgresql://…\"");
}

int pg_conninfo_read(
    const struct engine_conf *conf, PQconninfoOption **out, struct err *e)
{
	PQconninfoOption *options;
	int rc;

	if (!conf->conninfo)
		return invalid(e, "missing");
	rc = parse(conf->conninfo, &options, e);
	if (rc)
		return rc;
	rc = check_options(options, e);
	if (rc == 0)
		rc = set_defaults(options, e);
	if (rc == 0)
		rc = set_options(options, conf->read_only, e);
	if (rc)
		PQconninfoFree(options);
	else
		*out = options;
	return rc;
}

void pg_conninfo_describe(const PQconninfoOption *options, struct buf *out)
{
	static const char *const shown[] = {
	    "host", "hostaddr", "port", "dbname", "user"};
	const char *gap = "";
	size_t i;

	for (i = 0; i < ARRAY_LEN(shown); i++) {
		const char *value = pg_conninfo_get(options, shown[i]);

		if (!value)
			continue;
		buf_appendf(out, "%s%s=%s", gap, shown[i], value);
		gap = " ";
	}
	if (!*gap)
		buf_append_str(out, "libpq's defaults");
}

void engine_postgres_forget_environment(void)
{
	char **entry = environ;

	while (*entry) {
		char name[64];
		size_t len = strcspn(*entry, "=");

		if (strncmp(*entry, "PG", 2) != 0 || len >= sizeof name) {
			entry++;
			continue;
		}
		memcpy(name, *entry, len);
		name[len] = '\0';
		unsetenv(name);
		entry = environ; /* they have moved */
	}
}
