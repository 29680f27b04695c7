#include "proxy/service.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"

static bool is_loopback(const struct sockaddr_storage *a)
{
	const struct sockaddr_in *in = (const void *)a;
	const struct sockaddr_in6 *in6 = (const void *)a;

	switch (a->ss_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	default:
		return false;
	}
}

static int check_socket(int fd, struct err *e)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;
	int flags = fcntl(fd, F_GETFL);

	if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		return err_set(e, ERR_INVALID, SQLSTATE_CONNECTION,
		    "descriptor %d from the service manager is no listening "
		    "stream socket",
		    fd);
	if (!is_loopback(&a))
		return err_set(e, ERR_INVALID, SQLSTATE_CONNECTION,
		    "the service manager's socket %d is not on a loopback "
		    "address: refused until there is authentication",
		    fd);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC))
		return err_set(e, ERR_IO, SQLSTATE_CONNECTION,
		    "cannot set up the service manager's socket %d", fd);
	return 0;
}

int service_sockets(int *first, struct err *e)
{
	int n = sd_listen_fds(1);

	*first = SD_LISTEN_FDS_START;
	for (int i = 0; i < n; i++) {
		int rc = check_socket(*first + i, e);

		if (rc)
			return rc;
	}
	return n > 0 ? n : 0;
}

static void tell(const char *what)
{
	if (sd_notify(0, what) < 0)
		log_warning("the service manager cannot be told %s", what);
}

void service_ready(void)
{
	tell("READY=1");
}

void service_reloading(void)
{
	char text[64];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)clock_now_us());
	tell(text);
}

void service_stopping(void)
{
	tell("STOPPING=1");
}
