#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/text.h"

void progress_init(struct progress *p)
{
	p->enabled = isatty(STDERR_FILENO) == 1;
	p->shown = false;
	p->start = p->last = clock_now_us();
}

int64_t progress_due(const struct progress *p)
{
	return p->enabled ? p->last + PROGRESS_INTERVAL_US : 0;
}

void progress_draw(struct progress *p, size_t done, size_t total, int64_t rows)
{
	char time[TEXT_DURATION_SIZE];
	int64_t now = clock_now_us();
	struct buf line;
	size_t fits;

	if (!p->enabled || now < progress_due(p))
		return;
	p->last = now;
	buf_init(&line);
	text_put_count(&line, (int64_t)done);
	buf_append_str(&line, " of ");
	text_put_count(&line, (int64_t)total);
	buf_append_str(&line, " done, ");
	text_put_quantity(&line, rows, "row");
	text_format_duration(now - p->start, time);
	buf_appendf(&line, ", %s", time);
	if (!line.failed) {
		/* A line that wraps could not be erased. */
		fits = text_fit(line.data, line.len,
		    text_terminal_width(STDERR_FILENO) - 1);
		fprintf(stderr, "\r%.*s\033[K", (int)fits, line.data);
		fflush(stderr);
		p->shown = true;
	}
	buf_release(&line);
}

void progress_erase(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
}
