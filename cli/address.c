#include "cli/address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/units.h"

#define DEFAULT_HOST "127.0.0.1"
#define DEFAULT_PORT "7432"

static int set_unix(struct address *a, const char *path, struct err *e)
{
	size_t len = strlen(path);

	if (len >= sizeof a->un.sun_path)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the socket's path is longer than %zu bytes: %.200s",
		    sizeof a->un.sun_path - 1, path);
	a->is_unix = true;
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, path, len + 1);
	snprintf(a->text, sizeof a->text, "%s", path);
	return 0;
}

static int set_tcp(
    struct address *a, const char *host, const char *port, struct err *e)
{
	int64_t n;

	if (units_read_int(port, &n, NULL) || n < 1 || n > 65535)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "\"%.40s\" is not a port number (1 to 65535)", port);
	if (strlen(host) >= sizeof a->host)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the host name is too long");
	strcpy(a->host, host);
	snprintf(a->port, sizeof a->port, "%d", (int)n);
	snprintf(a->text, sizeof a->text,
	    strchr(host, ':') ? "[%s]:%s" : "%s:%s", a->host, a->port);
	return 0;
}

/* The socket that a daemon of the same user makes without a config. */
static bool find_default_socket(char *path, size_t size)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	int n;

	if (!dir || !*dir)
		return false;
	n = snprintf(path, size, "%s/fanout.sock", dir);
	return n < (int)size && stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

int address_choose(
    const char *host, const char *port, struct address *out, struct err *e)
{
	char path[sizeof out->un.sun_path];

	memset(out, 0, sizeof *out);
	if (host && strchr(host, '/'))
		return set_unix(out, host, e);
	if (!host && !port && find_default_socket(path, sizeof path))
		return set_unix(out, path, e);
	return set_tcp(
	    out, host ? host : DEFAULT_HOST, port ? port : DEFAULT_PORT, e);
}
