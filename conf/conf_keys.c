#include "conf/conf_keys.h"

#include <string.h>

#include "base/nearest.h"

#define MEMBERS_fanoutd struct conf
#define MEMBERS_database struct conf_database

/* clang-format off */
const struct conf_key conf_keys[CONF_N_KEYS] = {
#define ENTRY(section_, name_, type_, least_, most_, default_, example_, \
	flags_, help_)                                                   \
	{                                                                \
		.section = CONF_SECTION_##section_,                      \
		.type = CONF_TYPE_##type_,                               \
		.name = #name_,                                          \
		.offset = offsetof(MEMBERS_##section_, name_),           \
		.least = least_,                                         \
		.most = most_,                                           \
		.default_text = default_,                                \
		.example = example_,                                     \
		.flags = flags_,                                         \
		.help = help_,                                           \
	},
	CONF_KEYS(ENTRY)
#undef ENTRY
};
/* clang-format on */

const struct conf_key *conf_key_find(
    enum conf_section section, const char *name)
{
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == section &&
		    strcmp(conf_keys[i].name, name) == 0)
			return &conf_keys[i];
	return NULL;
}

const char *conf_key_nearest(enum conf_section section, const char *name)
{
	const char *names[CONF_N_KEYS];
	size_t n = 0;

	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].section == section)
			names[n++] = conf_keys[i].name;
	return nearest_word(name, names, n);
}

bool conf_key_applies(const struct conf_key *key, enum conf_engine engine)
{
	unsigned other =
	    engine == CONF_ENGINE_POSTGRES ? CONF_SQLITE : CONF_POSTGRES;

	return !(key->flags & other);
}
