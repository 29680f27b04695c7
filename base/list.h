/*
 * An intrusive doubly linked list: a ring whose head is a link that belongs
 * to no object.
 *
 * The list owns nothing. A link that is on no list points to itself, so
 * list_remove() twice is harmless. Not thread-safe.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev, *next;
};

static inline void list_init(struct list *l)
{
	l->prev = l;
	l->next = l;
}

static inline bool list_is_empty(const struct list *l)
{
	return l->next == l;
}

/* Puts LINK, which is on no list, right before POS. */
static inline void list_insert_before(struct list *pos, struct list *link)
{
	link->prev = pos->prev;
	link->next = pos;
	pos->prev->next = link;
	pos->prev = link;
}

static inline void list_append(struct list *head, struct list *link)
{
	list_insert_before(head, link);
}

static inline void list_prepend(struct list *head, struct list *link)
{
	list_insert_before(head->next, link);
}

static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

static inline size_t list_count(const struct list *head)
{
	size_t n = 0;
	const struct list *l;

	for (l = head->next; l != head; l = l->next)
		n++;
	return n;
}

#define list_for_each(it, head) \
	for ((it) = (head)->next; (it) != (head); (it) = (it)->next)

/* As list_for_each, but IT itself may be removed; TMP is a spare cursor. */
#define list_for_each_safe(it, tmp, head)                             \
	for ((it) = (head)->next, (tmp) = (it)->next; (it) != (head); \
	     (it) = (tmp), (tmp) = (it)->next)

#endif
