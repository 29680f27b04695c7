#include "pool/backend_pg.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/*
 * libpq would look up host names on the loop. So they are looked up before,
 * and each address is passed as hostaddr, beside the name (certificates and
 * passwords are found by it) and the port: one host with three addresses
 * becomes three entries. What needs no looking up stays as it is.
 *
 * The job holds copies, so it may outlive the backend and the engine.
 */
struct pg_lookup {
	struct executor_job job;
	struct backend *b; /* NULL: nobody waits any more */
	char *hosts, *addresses, *ports; /* as in the conninfo, or "" */
	struct buf out_hosts, out_addresses, out_ports;
	unsigned n_out;
	bool finished;
	struct err error; /* of the last name that was not found */
};

struct item {
	const char *text;
	size_t len;
};

/* Item INDEX of a comma-separated list; the empty one beyond its end. */
static struct item list_item(const char *list, size_t index)
{
	while (index > 0) {
		list += strcspn(list, ",");
		if (!*list)
			return (struct item){list, 0};
		list++;
		index--;
	}
	return (struct item){list, strcspn(list, ",")};
}

static bool is_numeric(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	return inet_pton(AF_INET, host, &v4) == 1 ||
	       inet_pton(AF_INET6, host, &v6) == 1;
}

/* Longer names are no host's. */
#define HOST_SIZE 256

/* Is it a name, and there is no address beside it? Copies it into OUT. */
static bool is_name(struct item host, struct item address, char out[HOST_SIZE])
{
	if (address.len > 0 || host.len == 0 || host.len >= HOST_SIZE)
		return false;
	memcpy(out, host.text, host.len);
	out[host.len] = '\0';
	return out[0] != '/' && out[0] != '@' && !is_numeric(out);
}

static const char *text_of(const PQconninfoOption *options, const char *key)
{
	const char *value = pg_conninfo_get(options, key);

	return value ? value : "";
}

bool pg_lookup_needed(const PQconninfoOption *options)
{
	const char *hosts = text_of(options, "host");
	const char *addresses = text_of(options, "hostaddr");
	char name[HOST_SIZE];
	size_t i;

	for (i = 0; i < pg_list_count(hosts); i++)
		if (is_name(list_item(hosts, i), list_item(addresses, i), name))
			return true;
	return false;
}

static void append_item(struct buf *list, bool first, struct item item)
{
	if (!first)
		buf_append_char(list, ',');
	buf_append(list, item.text, item.len);
}

static void add(struct pg_lookup *l, struct item host, struct item address,
    struct item port)
{
	bool first = l->n_out++ == 0;

	append_item(&l->out_hosts, first, host);
	append_item(&l->out_addresses, first, address);
	append_item(&l->out_ports, first, port);
}

static void add_addresses(
    struct pg_lookup *l, const char *name, struct item host, struct item port)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL, *a;
	char text[HOST_SIZE];
	int rc = getaddrinfo(name, NULL, &hints, &list);

	if (rc) {
		err_set(&l->error, ERR_IO, SQLSTATE_CANNOT_CONNECT,
		    "cannot find host \"%s\": %s", name, gai_strerror(rc));
		return;
	}
	for (a = list; a; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text,
		        NULL, 0, NI_NUMERICHOST) == 0)
			add(l, host, (struct item){text, strlen(text)}, port);
	freeaddrinfo(list);
}

/* On an executor's thread. */
static void lookup_run(struct executor_job *job)
{
	struct pg_lookup *l = container_of(job, struct pg_lookup, job);
	size_t n = pg_list_count(l->hosts);
	bool one_port = !strchr(l->ports, ',');
	char name[HOST_SIZE];
	size_t i;

	for (i = 0; i < n; i++) {
		struct item host = list_item(l->hosts, i);
		struct item address = list_item(l->addresses, i);
		struct item port = list_item(l->ports, one_port ? 0 : i);

		if (is_name(host, address, name))
			add_addresses(l, name, host, port);
		else
			add(l, host, address, port);
	}
	if (l->n_out > 0)
		l->error.code = 0; /* there is one to try */
	if (!buf_cstr(&l->out_hosts) || !buf_cstr(&l->out_addresses) ||
	    !buf_cstr(&l->out_ports))
		err_nomem(&l->error);
}

static void lookup_free(struct pg_lookup *l)
{
	free(l->hosts);
	free(l->addresses);
	free(l->ports);
	buf_release(&l->out_hosts);
	buf_release(&l->out_addresses);
	buf_release(&l->out_ports);
	free(l);
}

static void lookup_finish(struct executor_job *job)
{
	struct pg_lookup *l = container_of(job, struct pg_lookup, job);

	l->finished = true;
	if (l->b)
		pg_kick(l->b);
	else
		lookup_free(l);
}

int pg_lookup_start(struct backend *b, struct err *e)
{
	const PQconninfoOption *options = b->engine->options;
	struct pg_lookup *l = calloc(1, sizeof *l);
	int rc;

	if (!l)
		return err_nomem(e);
	l->b = b;
	l->job.run = lookup_run;
	l->job.finish = lookup_finish;
	l->hosts = strdup(text_of(options, "host"));
	l->addresses = strdup(text_of(options, "hostaddr"));
	l->ports = strdup(text_of(options, "port"));
	if (l->hosts && l->addresses && l->ports)
		rc = executor_submit(b->engine->env.executor, &l->job, e);
	else
		rc = err_nomem(e);
	if (rc)
		lookup_free(l);
	else
		b->lookup = l;
	return rc;
}

/* While the job runs it is the executor's; its end frees it then. */
void pg_lookup_forget(struct backend *b)
{
	struct pg_lookup *l = b->lookup;

	b->lookup = NULL;
	if (!l)
		return;
	l->b = NULL;
	if (l->finished)
		lookup_free(l);
}

const struct err *pg_lookup_error(const struct pg_lookup *l)
{
	return l && l->error.code ? &l->error : NULL;
}

const char *pg_lookup_get(const struct pg_lookup *l, const char *key)
{
	if (!l)
		return NULL;
	if (strcmp(key, "host") == 0)
		return l->out_hosts.data;
	if (strcmp(key, "hostaddr") == 0)
		return l->out_addresses.data;
	if (strcmp(key, "port") == 0)
		return l->out_ports.data;
	return NULL;
}
