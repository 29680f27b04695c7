#include "cli/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/utf8.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

static bool is_stdin(const struct args_source *from)
{
	return from->is_file && strcmp(from->text, "-") == 0;
}

static const char *shown_name(const struct args_source *from)
{
	return is_stdin(from) ? "standard input" : from->text;
}

static int read_fd(int fd, struct buf *out)
{
	for (;;) {
		char *p = buf_reserve(out, 65536);
		ssize_t n;

		if (!p)
			return ENOMEM;
		n = read(fd, p, 65536);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			out->len += (size_t)n;
	}
}

static int read_file(
    const struct args_source *from, struct buf *out, struct err *e)
{
	int fd = is_stdin(from) ? STDIN_FILENO
	                        : open(from->text, O_RDONLY | O_CLOEXEC);
	int why = fd < 0 ? errno : read_fd(fd, out);

	if (fd > STDIN_FILENO)
		close(fd);
	if (why)
		return err_set(e, ERR_IO, SQLSTATE_INTERNAL,
		    "cannot read %s: %s", shown_name(from), strerror(why));
	return 0;
}

static size_t count_newlines(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	return n;
}

static int check_utf8(
    const struct args_source *from, const char *s, size_t len, struct err *e)
{
	size_t valid = utf8_valid_prefix(s, len);

	if (valid == len)
		return 0;
	return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
	    "%s: line %zu: not UTF-8", from->is_file ? shown_name(from) : "-c",
	    count_newlines(s, valid) + 1);
}

static void drop_byte_order_mark(struct buf *b, size_t start)
{
	size_t n = strlen(BYTE_ORDER_MARK);

	if (b->len - start < n ||
	    memcmp(b->data + start, BYTE_ORDER_MARK, n) != 0)
		return;
	memmove(b->data + start, b->data + start + n, b->len - start - n);
	b->len -= n;
}

/*
 * What one piece leaves open must not run into the next: its last line ends,
 * and its last statement.
 */
static void end_piece(struct source *s, size_t start)
{
	struct split_span span;
	size_t pos = start;
	bool closed = true, open = false;

	while (split_next(s->text.data, s->text.len, &pos, &span, &closed))
		open = !closed;
	buf_append_char(&s->text, '\n');
	if (open && !s->is_list)
		buf_append_str(&s->text, ";\n");
}

static int add_piece(
    struct source *s, const struct args_source *from, bool last, struct err *e)
{
	struct source_piece *piece = &s->pieces[s->n_pieces++];
	size_t start = s->text.len;
	int rc;

	piece->file = from->is_file ? shown_name(from) : NULL;
	piece->start = start;
	if (!from->is_file)
		buf_append_str(&s->text, from->text);
	else if ((rc = read_file(from, &s->text, e)))
		return rc;
	if (s->text.failed)
		return err_nomem(e);
	drop_byte_order_mark(&s->text, start);
	rc = check_utf8(from, s->text.data + start, s->text.len - start, e);
	if (rc == 0 && !last)
		end_piece(s, start);
	return rc;
}

static int add_span(struct source *s, size_t start, size_t len, struct err *e)
{
	if (s->n_spans == s->cap_spans) {
		size_t cap = s->cap_spans ? s->cap_spans * 2 : 16;
		struct split_span *spans =
		    realloc(s->spans, cap * sizeof *spans);

		if (!spans)
			return err_nomem(e);
		s->spans = spans;
		s->cap_spans = cap;
	}
	s->spans[s->n_spans++] = (struct split_span){start, len};
	return 0;
}

static int find_statements(struct source *s, struct err *e)
{
	struct split_span span;
	size_t pos = 0;
	bool closed;
	int rc = 0;

	while (rc == 0 &&
	       split_next(s->text.data, s->text.len, &pos, &span, &closed))
		rc = add_span(s, span.start, span.len, e);
	return rc;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Adds [start, end) without the white space around it. */
static int add_trimmed(
    struct source *s, size_t start, size_t end, struct err *e)
{
	const char *t = s->text.data;

	while (start < end && is_space(t[start]))
		start++;
	while (end > start && is_space(t[end - 1]))
		end--;
	if (start == end ||
	    (end - start >= 2 && t[start] == '-' && t[start + 1] == '-'))
		return 0;
	return add_span(s, start, end - start, e);
}

static int find_lines(struct source *s, struct err *e)
{
	size_t start = 0;
	int rc = 0;

	while (rc == 0 && start < s->text.len) {
		const char *p = s->text.data + start;
		const char *nl = memchr(p, '\n', s->text.len - start);
		size_t end = nl ? (size_t)(nl - s->text.data) : s->text.len;

		rc = add_trimmed(s, start, end, e);
		start = end + 1;
	}
	return rc;
}

static int find_pieces(struct source *s, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n_pieces; i++)
		rc = add_span(s, s->pieces[i].start,
		    (i + 1 < s->n_pieces ? s->pieces[i + 1].start
		                         : s->text.len) -
		        s->pieces[i].start,
		    e);
	return rc;
}

static int load_pieces(struct source *s, const struct args *args, struct err *e)
{
	const struct args_source standard = {.is_file = true, .text = "-"};
	const struct args_source *from = args->sources;
	size_t n = args->n_sources;
	int rc = 0;

	if (n == 0 && isatty(STDIN_FILENO))
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "nothing to run: give -c SQL, -f FILE or a pipe; "
		    "see fanout run --help");
	if (n == 0) {
		from = &standard;
		n = 1;
	}
	s->pieces = calloc(n, sizeof *s->pieces);
	if (!s->pieces || !buf_cstr(&s->text))
		return err_nomem(e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_piece(s, &from[i], i + 1 == n, e);
	return rc;
}

int source_load(struct source *s, const struct args *args, struct err *e)
{
	int rc;

	memset(s, 0, sizeof *s);
	buf_init(&s->text);
	s->is_list = args->lines || args->params;
	rc = load_pieces(s, args, e);
	if (rc == 0 && args->lines)
		rc = find_lines(s, e);
	else if (rc == 0 && args->params)
		rc = find_pieces(s, e);
	else if (rc == 0)
		rc = find_statements(s, e);
	if (rc)
		source_release(s);
	return rc;
}

void source_release(struct source *s)
{
	buf_release(&s->text);
	free(s->pieces);
	free(s->spans);
	memset(s, 0, sizeof *s);
}

void source_confirm(struct source *s, size_t n)
{
	if (s->n_spans != n)
		s->n_spans = 0;
}

bool source_statement(
    const struct source *s, size_t number, const char **text, size_t *len)
{
	if (number == 0 || number > s->n_spans)
		return false;
	*text = s->text.data + s->spans[number - 1].start;
	*len = s->spans[number - 1].len;
	return true;
}

/* "COPY name … FROM STDIN …"; a COPY (SELECT …) goes the other way. */
static bool reads_stdin(const char *s, size_t len)
{
	static const char target[] = "STDIN";
	size_t n = strlen(target);

	if (len < 5 || strncasecmp(s, "COPY", 4) != 0 || !is_space(s[4]))
		return false;
	for (s += 5, len -= 5; len > 0 && is_space(*s); s++)
		len--;
	if (len > 0 && *s == '(')
		return false;
	for (; len >= n; s++, len--)
		if (strncasecmp(s, target, n) == 0 && is_space(s[-1]))
			return true;
	return false;
}

size_t source_find_unfed(const struct source *s, const struct args *args)
{
	for (size_t i = 0; i < s->n_spans; i++) {
		bool fed = false;

		for (size_t k = 0; k < args->n_copies; k++)
			fed |= args->copies[k].number == i + 1;
		if (!fed && reads_stdin(s->text.data + s->spans[i].start,
		                s->spans[i].len))
			return i + 1;
	}
	return 0;
}

static const struct source_piece *find_piece(
    const struct source *s, size_t offset)
{
	size_t i = s->n_pieces - 1;

	while (i > 0 && s->pieces[i].start > offset)
		i--;
	return &s->pieces[i];
}

bool source_find(const struct source *s, size_t number, int64_t position,
    struct source_place *out)
{
	const char *text = s->text.data, *start, *nl;
	size_t len = s->text.len, offset, line;
	const struct source_piece *piece;

	if (position < 1 || s->n_pieces == 0)
		return false;
	if (s->is_list && !source_statement(s, number, &text, &len))
		return false;
	if ((size_t)position > utf8_count(text, len) + 1)
		return false;
	offset = (size_t)(text - s->text.data) +
	         utf8_offset(text, len, (size_t)position - 1);
	piece = find_piece(s, offset);
	start = s->text.data + piece->start;
	line = offset;
	while (line > piece->start && s->text.data[line - 1] != '\n')
		line--;
	nl = memchr(s->text.data + line, '\n', s->text.len - line);
	out->file = piece->file;
	out->line = count_newlines(start, offset - piece->start) + 1;
	out->text = s->text.data + line;
	out->len = nl ? (size_t)(nl - out->text) : s->text.len - line;
	out->column = offset - line;
	return true;
}
