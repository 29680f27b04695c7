/*
 * Makes the Nth call of the C library fail: loaded into the daemon with
 * LD_PRELOAD by tests/fault/test_injection.py, told what to do through a
 * small file that both map.
 *
 * FAILNTH_CONTROL names that file, a struct control. FAILNTH_CALLERS names
 * whose calls count, by the beginnings of file names with commas between
 * them: "main" is the program itself (the default), "libpq" libpq. libev
 * must never be among them: it ends the process when memory runs out, by
 * design and like most programs' libev does.
 *
 * Counting begins when the other side sets fail_at, at any moment.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum kind { KIND_MEMORY = 1, KIND_SYSTEM = 2 };

/* The names in test_injection.py are these, in this order. */
struct control {
	_Atomic int64_t fail_at; /* the Nth from now; 0: none */
	_Atomic int64_t kinds; /* which count: bits of enum kind */
	_Atomic int64_t count; /* so many there were */
	_Atomic int64_t fired; /* one was made to fail */
	_Atomic int64_t site; /* from where it was called, in its file */
	char name[24]; /* of the function */
	char object[64]; /* the file; "" is the program itself */
};

struct range {
	uintptr_t from, to, base;
	const char *name;
};

#define MAX_RANGES 64

static struct {
	struct control *control; /* NULL until all is set up */
	struct range ranges[MAX_RANGES];
	size_t n_ranges;
} state;

/* ---- whose calls count ---- */

static bool is_listed(const char *list, const char *name)
{
	while (*list) {
		size_t n = strcspn(list, ",");

		if (n && strncmp(list, name, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
	const char *slash = strrchr(info->dlpi_name, '/');
	const char *name = slash ? slash + 1 : info->dlpi_name;

	(void)size;
	if (!is_listed(ctx, *name ? name : "main"))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) ||
		    state.n_ranges == MAX_RANGES)
			continue;
		state.ranges[state.n_ranges++] = (struct range){
		    .from = info->dlpi_addr + p->p_vaddr,
		    .to = info->dlpi_addr + p->p_vaddr + p->p_memsz,
		    .base = info->dlpi_addr,
		    .name = name,
		};
	}
	return 0;
}

__attribute__((constructor)) static void set_up(void)
{
	const char *path = getenv("FAILNTH_CONTROL");
	char *callers = getenv("FAILNTH_CALLERS");
	char own[] = "main";
	void *map;
	int fd;

	if (!path)
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	map = mmap(NULL, sizeof *state.control, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd, 0);
	if (fd < 0 || map == MAP_FAILED)
		abort();
	close(fd);
	dl_iterate_phdr(note_object, callers ? callers : own);
	state.control = map;
}

/* ---- which call fails ---- */

static const struct range *find_range(const void *site)
{
	for (size_t i = 0; i < state.n_ranges; i++)
		if ((uintptr_t)site >= state.ranges[i].from &&
		    (uintptr_t)site < state.ranges[i].to)
			return &state.ranges[i];
	return NULL;
}

static bool fails(enum kind kind, const char *name, const void *site)
{
	struct control *c = state.control;
	const struct range *r;

	if (!c || !c->fail_at || !(c->kinds & kind))
		return false;
	r = find_range(site);
	if (!r || ++c->count != c->fail_at)
		return false;
	c->site = (int64_t)((uintptr_t)site - r->base);
	strncpy(c->name, name, sizeof c->name - 1);
	strncpy(c->object, r->name, sizeof c->object - 1);
	c->fired = 1;
	return true;
}

#define FAILS(kind, name) \
	fails(kind, name, \
	    __builtin_extract_return_addr(__builtin_return_address(0)))

/* The real one, looked up once. */
#define REAL(name)                     \
	static __typeof__(name) *real; \
	if (!real)                     \
	*(void **)&real = dlsym(RTLD_NEXT, #name)

/* ---- memory; dlsym() allocates itself, so these go straight on ---- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	if (!FAILS(KIND_MEMORY, "malloc"))
		return __libc_malloc(size);
	errno = ENOMEM;
	return NULL;
}

void *calloc(size_t n, size_t size)
{
	if (!FAILS(KIND_MEMORY, "calloc"))
		return __libc_calloc(n, size);
	errno = ENOMEM;
	return NULL;
}

void *realloc(void *old, size_t size)
{
	if (!FAILS(KIND_MEMORY, "realloc"))
		return __libc_realloc(old, size);
	errno = ENOMEM;
	return NULL;
}

/* The C library's own malloc does the work in these. */

char *strdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = NULL;

	if (!FAILS(KIND_MEMORY, "strdup"))
		copy = __libc_malloc(size);
	else
		errno = ENOMEM;
	return copy ? memcpy(copy, s, size) : NULL;
}

char *strndup(const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *copy = NULL;

	if (!FAILS(KIND_MEMORY, "strndup"))
		copy = __libc_malloc(len + 1);
	else
		errno = ENOMEM;
	if (!copy)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, s, len);
}

/* ---- system calls ---- */

/* A connection that broke stays broken. */
static int break_off(int fd, int error)
{
	shutdown(fd, SHUT_RDWR);
	return error;
}

/* RETURNS name PARAMS: calls name ARGS, or sets errno to ERROR. */
#define SYSTEM_CALL(returns, name, params, args, error) \
	returns name params                             \
	{                                               \
		REAL(name);                             \
		if (!FAILS(KIND_SYSTEM, #name))         \
			return real args;               \
		errno = error;                          \
		return -1;                              \
	}

SYSTEM_CALL(int, socket, (int domain, int type, int protocol),
    (domain, type, protocol), EMFILE)
SYSTEM_CALL(int, connect, (int fd, __CONST_SOCKADDR_ARG a, socklen_t len),
    (fd, a, len), ECONNREFUSED)
SYSTEM_CALL(int, accept4, (int fd, __SOCKADDR_ARG a, socklen_t *len, int f),
    (fd, a, len, f), EMFILE)
SYSTEM_CALL(ssize_t, recv, (int fd, void *to, size_t len, int flags),
    (fd, to, len, flags), break_off(fd, ECONNRESET))
SYSTEM_CALL(ssize_t, send, (int fd, const void *from, size_t len, int flags),
    (fd, from, len, flags), break_off(fd, EPIPE))
SYSTEM_CALL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags), break_off(fd, EPIPE))
SYSTEM_CALL(int, getsockname, (int fd, __SOCKADDR_ARG a, socklen_t *len),
    (fd, a, len), ENOBUFS)
SYSTEM_CALL(int, getpeername, (int fd, __SOCKADDR_ARG a, socklen_t *len),
    (fd, a, len), ENOTCONN)
SYSTEM_CALL(int, setsockopt,
    (int fd, int level, int name, const void *value, socklen_t len),
    (fd, level, name, value, len), ENOBUFS)
SYSTEM_CALL(int, poll, (struct pollfd * fds, nfds_t n, int timeout),
    (fds, n, timeout), EINTR)
SYSTEM_CALL(
    ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n), ENOSPC)
SYSTEM_CALL(ssize_t, pwrite64, (int fd, const void *from, size_t n, off64_t at),
    (fd, from, n, at), ENOSPC)
SYSTEM_CALL(ssize_t, pread64, (int fd, void *to, size_t n, off64_t at),
    (fd, to, n, at), EIO)
SYSTEM_CALL(int, fdatasync, (int fd), (fd), EIO)

int open(const char *path, int flags, ...)
{
	REAL(open);
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (!FAILS(KIND_SYSTEM, "open"))
		return real(path, flags, mode);
	errno = EMFILE;
	return -1;
}

int open64(const char *path, int flags, ...)
{
	REAL(open64);
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (!FAILS(KIND_SYSTEM, "open64"))
		return real(path, flags, mode);
	errno = EMFILE;
	return -1;
}

FILE *fopen(const char *path, const char *mode)
{
	REAL(fopen);
	if (!FAILS(KIND_SYSTEM, "fopen"))
		return real(path, mode);
	errno = EMFILE;
	return NULL;
}

/* These two tell the error by what they return. */

int pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*run)(void *), void *arg)
{
	REAL(pthread_create);
	if (!FAILS(KIND_SYSTEM, "pthread_create"))
		return real(thread, attr, run, arg);
	return EAGAIN;
}

int getaddrinfo(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **found)
{
	REAL(getaddrinfo);
	if (!FAILS(KIND_SYSTEM, "getaddrinfo"))
		return real(host, port, hints, found);
	return EAI_MEMORY;
}
