#include "conf/conf_listen.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/units.h"
#include "conf/conf_text.h"

#define DEFAULT_TCP "127.0.0.1:7432"
#define DEFAULT_SOCKET "fanout.sock"
#define LONGEST_PATH (sizeof((struct sockaddr_un *)0)->sun_path - 1)

static int refuse(struct err *e, const struct conf_listen *l, const char *why)
{
	return err_set(
	    e, ERR_INVALID, SQLSTATE_PROTOCOL, "\"%.160s\" %s", l->text, why);
}

static bool is_loopback(const char *host, bool bracketed)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (bracketed)
		return inet_pton(AF_INET6, host, &v6) == 1 &&
		       IN6_IS_ADDR_LOOPBACK(&v6);
	if (strcasecmp(host, "localhost") == 0)
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 &&
	       ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
}

static int read_port(
    struct conf_listen *l, const char *text, struct arena *arena, struct err *e)
{
	struct err ignored;
	int64_t port;

	if (units_read_int(text, &port, &ignored) || port < 0 || port > 65535)
		return refuse(e, l, "has no port from 0 to 65535");
	l->port = arena_printf(arena, "%d", (int)port);
	return l->port ? 0 : err_nomem(e);
}

static int read_tcp(struct conf_listen *l, struct arena *arena, struct err *e)
{
	bool bracketed = l->text[0] == '[';
	const char *close = bracketed ? strchr(l->text, ']') : NULL;
	const char *colon = strrchr(l->text, ':');
	const char *host = l->text + bracketed;
	const char *end = bracketed ? close : colon;

	if (!colon)
		return refuse(e, l,
		    "has no port: write host:port, [::1]:port "
		    "or unix:/path");
	if (bracketed && (!close || close + 1 != colon))
		return refuse(e, l, "is not [address]:port");
	if (!bracketed && strchr(l->text, ':') != colon)
		return refuse(e, l,
		    "has an IPv6 address that needs brackets, "
		    "as in [::1]:7432");
	if (end == host)
		return refuse(e, l, "has no host before the port");
	l->kind = CONF_LISTEN_TCP;
	l->host = arena_strndup(arena, host, (size_t)(end - host));
	if (!l->host)
		return err_nomem(e);
	if (!is_loopback(l->host, bracketed))
		return refuse(e, l,
		    "is not a loopback address, and others are "
		    "refused until there is authentication");
	return read_port(l, colon + 1, arena, e);
}

static int read_unix(struct conf_listen *l, struct err *e)
{
	l->kind = CONF_LISTEN_UNIX;
	l->path = l->text + strlen("unix:");
	if (l->path[0] != '/')
		return refuse(e, l, "needs an absolute path: unix:/path");
	if (strlen(l->path) > LONGEST_PATH)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.160s\" is too long for a socket (a path has at most "
		    "%zu bytes)",
		    l->text, LONGEST_PATH);
	return 0;
}

static int read_item(struct conf_span item, struct arena *arena,
    struct conf_listen *l, struct err *e)
{
	l->text = arena_strndup(arena, item.s, item.len);
	if (!l->text)
		return err_nomem(e);
	if (item.len == 0)
		return refuse(e, l, "is no address (a comma too many?)");
	if (conf_span_starts_with(item, "unix:"))
		return read_unix(l, e);
	return read_tcp(l, arena, e);
}

static size_t count_items(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == ',';
	return n;
}

static bool is_listed(
    const struct conf_listen *list, size_t n, const struct conf_listen *l)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].text, l->text) == 0)
			return true;
	return false;
}

int conf_listen_read(
    const char *text, struct arena *arena, struct conf *conf, struct err *e)
{
	struct conf_span rest = {text, strlen(text)}, item;
	struct conf_listen *list =
	    arena_alloc_n(arena, count_items(text), sizeof *list);
	size_t n = 0;

	if (!list)
		return err_nomem(e);
	for (; conf_span_next(&rest, &item); n++) {
		int rc = read_item(item, arena, &list[n], e);

		if (rc)
			return rc;
		if (is_listed(list, n, &list[n]))
			return refuse(e, &list[n], "is listed twice");
	}
	conf->listen = list;
	conf->n_listen = n;
	return 0;
}

int conf_listen_default(const char *runtime_dir, struct arena *arena,
    struct conf *conf, struct err *e)
{
	struct conf_listen *list = arena_alloc_n(arena, 2, sizeof *list);
	bool has_dir = runtime_dir && runtime_dir[0] == '/';
	int rc;

	if (!list)
		return err_nomem(e);
	conf->listen = list;
	conf->n_listen = has_dir ? 2 : 1;
	list[0].text = DEFAULT_TCP;
	rc = read_tcp(&list[0], arena, e);
	if (rc || !has_dir)
		return rc;
	list[1].text =
	    arena_printf(arena, "unix:%s/" DEFAULT_SOCKET, runtime_dir);
	return list[1].text ? read_unix(&list[1], e) : err_nomem(e);
}

void conf_listen_format(const struct conf *conf, struct buf *out)
{
	for (size_t i = 0; i < conf->n_listen; i++) {
		if (i)
			buf_append_str(out, ", ");
		buf_append_str(out, conf->listen[i].text);
	}
}
