#include "cli/args_options.h"

#define RUN ARGS_ON(ARGS_RUN)
#define SHOW ARGS_ON(ARGS_SHOW)
#define PRINTS (RUN | SHOW | ARGS_ON(ARGS_HELLO))
#define AT(member) offsetof(struct args, member)

/* In the order of the help text. */
const struct args_option args_options[] = {
    {ARGS_GROUP_INPUT, "command", 'c', ARGS_SQL, 0, "SQL", RUN,
        "run SQL; -c and -f mix, in the order given", {0}, 0},
    {ARGS_GROUP_INPUT, "file", 'f', ARGS_FILE, 0, "FILE", RUN,
        "run what is in FILE; - is standard input", {0}, 0},
    {ARGS_GROUP_INPUT, "lines", 0, ARGS_FLAG, AT(lines), NULL, RUN,
        "each line is one statement; blank lines and those\n"
        "that start with -- are passed over",
        {0}, 0},
    {ARGS_GROUP_INPUT, "params", 0, ARGS_TEXT, AT(params), "JSON", RUN,
        "a list of values for $1, $2, …; each -c and -f is\n"
        "then one statement",
        {0}, 0},
    {ARGS_GROUP_INPUT, "copy-data", 0, ARGS_COPY, 0, "ID=FILE", RUN,
        "what statement ID, a COPY … FROM STDIN, reads", {0}, 0},

    {ARGS_GROUP_EXECUTION, "want", 0, ARGS_CHOICE, AT(want), "WHAT", RUN,
        "rows (the default) or count: no rows, only how many",
        {"rows", "count"}, 0},
    {ARGS_GROUP_EXECUTION, "order", 0, ARGS_CHOICE, AT(order), "ORDER", RUN,
        "answers in order of completion (the default) or of\n"
        "statement",
        {"completion", "statement"}, 0},
    {ARGS_GROUP_EXECUTION, "dispatch", 0, ARGS_CHOICE, AT(dispatch), "HOW", RUN,
        "auto (the default): what cannot conflict runs at\n"
        "once; independent: everything may; serial: nothing",
        {"auto", "independent", "serial"}, 0},
    {ARGS_GROUP_EXECUTION, "on-error", 0, ARGS_CHOICE, AT(on_error), "DO", RUN,
        "after a failed statement continue (the default),\n"
        "stop: start no more, or cancel: also end what runs",
        {"continue", "stop", "cancel"}, 0},
    {ARGS_GROUP_EXECUTION, "until", 0, ARGS_CHOICE, AT(until), "WHEN", RUN,
        "all (the default), or first: the first statement\n"
        "that succeeds wins and the rest is cancelled",
        {"all", "first"}, 0},
    {ARGS_GROUP_EXECUTION, "transaction", '1', ARGS_FLAG, AT(transaction), NULL,
        RUN, "all in one transaction, on one connection", {0}, 0},
    {ARGS_GROUP_EXECUTION, "jobs", 'j', ARGS_NUMBER, AT(jobs), "N", RUN,
        "run at most N statements at once", {0}, 1},
    {ARGS_GROUP_EXECUTION, "timeout", 0, ARGS_DURATION, AT(timeout_us), "TIME",
        ~0u,
        "run: for the batch as a whole (default none);\n"
        "otherwise for the answer (ping 3s, else 30s);\n"
        "such as 500ms, 5s, 2min",
        {0}, 0},
    {ARGS_GROUP_EXECUTION, "priority", 0, ARGS_NUMBER, AT(priority), "N", RUN,
        "a higher one goes first among what waits (0)", {0}, INT32_MIN},
    {ARGS_GROUP_EXECUTION, "types", 0, ARGS_CHOICE, AT(types), "HOW", RUN,
        "text (the default): values as the engine writes\n"
        "them; json: numbers, booleans and JSON as such",
        {"text", "json"}, 0},
    {ARGS_GROUP_EXECUTION, "id", 0, ARGS_TEXT, AT(id), "ID", RUN,
        "the batch's name, as for `fanout cancel`", {0}, 0},
    {ARGS_GROUP_EXECUTION, "client", 0, ARGS_NUMBER, AT(client), "N",
        ARGS_ON(ARGS_CANCEL), "of that client (see `fanout show clients`)", {0},
        1},

    {ARGS_GROUP_OUTPUT, "format", 0, ARGS_CHOICE, AT(format), "FORMAT", PRINTS,
        "aligned (the default), csv, json, ndjson, or quiet:\n"
        "counts and times alone",
        {"aligned", "csv", "json", "ndjson", "quiet"}, 0},
    {ARGS_GROUP_OUTPUT, "quiet", 'q', ARGS_FIXED, AT(format), NULL, RUN,
        "the same as --format quiet", {"quiet"}, 0},
    {ARGS_GROUP_OUTPUT, "csv", 0, ARGS_FIXED, AT(format), NULL, PRINTS,
        "the same as --format csv", {"csv"}, 0},
    {ARGS_GROUP_OUTPUT, "json", 0, ARGS_FIXED, AT(format), NULL, PRINTS,
        "the same as --format json", {"json"}, 0},
    {ARGS_GROUP_OUTPUT, "ndjson", 0, ARGS_FIXED, AT(format), NULL, PRINTS,
        "the same as --format ndjson", {"ndjson"}, 0},
    {ARGS_GROUP_OUTPUT, "waterfall", 0, ARGS_FLAG, AT(waterfall), NULL, RUN,
        "draw which connection ran what when", {0}, 0},
    {ARGS_GROUP_OUTPUT, "trace", 0, ARGS_TEXT, AT(trace), "FILE", RUN,
        "write the same in Chrome's trace format, for\n"
        "chrome://tracing and Perfetto",
        {0}, 0},
    {ARGS_GROUP_OUTPUT, "no-summary", 0, ARGS_FLAG, AT(no_summary), NULL, RUN,
        "leave out the closing line", {0}, 0},

    {ARGS_GROUP_COMMON, "host", 'h', ARGS_TEXT, AT(host), "HOST", ~0u,
        "a host name or address or, with a slash in it, a\n"
        "Unix socket (FANOUT_HOST)",
        {0}, 0},
    {ARGS_GROUP_COMMON, "port", 'p', ARGS_TEXT, AT(port), "PORT", ~0u,
        "TCP port (FANOUT_PORT; 7432)", {0}, 0},
    {ARGS_GROUP_COMMON, "db", 'd', ARGS_TEXT, AT(db), "DB", ~0u,
        "database, one of the daemon's (FANOUT_DB)", {0}, 0},
    {ARGS_GROUP_COMMON, "help", 0, ARGS_FLAG, AT(help), NULL, ~0u,
        "this text; after a command, the command's", {0}, 0},
    {ARGS_GROUP_COMMON, "version", 'V', ARGS_FLAG, AT(version), NULL, ~0u,
        "the version", {0}, 0},
};

const size_t args_options_count = ARRAY_LEN(args_options);

const struct args_command_info args_commands[] = {
    [ARGS_NONE] = {NULL, NULL, NULL, NULL, NULL, 0, 0},
    [ARGS_RUN] = {"run", "[-c SQL]… [-f FILE]… [-]",
        "send SQL as one batch and print what comes back",
        "Everything given with -c and -f is one script, of which the daemon\n"
        "runs at once what cannot conflict. Without -c and -f it is read\n"
        "from standard input. Results appear as each statement ends.\n"
        "Ctrl-C cancels what runs; a second one leaves at once.\n"
        "\n"
        "Exit codes: 0 all went well; 1 usage, or a local file; 2 no\n"
        "connection, or it broke; 3 a statement failed; 4 a timeout or a\n"
        "cancel; 130 Ctrl-C.\n",
        "  fanout run -c 'SELECT 1; SELECT 2'\n"
        "  fanout run --csv -f report.sql > report.csv\n"
        "  fanout run --lines -j 4 --waterfall -q < statements.txt\n"
        "  fanout run --params '[\"MG\"]' \\\n"
        "      -c 'SELECT long_name FROM states WHERE state = $1'\n",
        0, 0},
    [ARGS_SHOW] = {"show", "WHAT", "print one of the daemon's tables",
        "WHAT is one of pools, servers, databases, clients, batches, config,\n"
        "stats, version.\n",
        "  fanout show pools\n"
        "  fanout show batches --json\n",
        1, 1},
    [ARGS_PING] = {"ping", "", "ask whether the daemon answers",
        "Exit codes: 0 it answers; 1 it was reached and gave no, or no\n"
        "good, answer in time; 2 it cannot be reached.\n",
        "  fanout ping --timeout 1s\n", 0, 0},
    [ARGS_CANCEL] = {"cancel", "BATCH [ID]",
        "cancel a batch, or one statement of it",
        "The names are those of `fanout show batches`. Where two clients\n"
        "use the same name, --client tells which is meant.\n",
        "  fanout cancel nightly\n"
        "  fanout cancel nightly 3 --client 17\n",
        1, 2},
    [ARGS_RELOAD] = {"reload", "", "have the daemon read its config again",
        "Prints what changed. A config with mistakes is refused as a whole\n"
        "(exit code 3) and the old one stays.\n",
        "  fanout reload\n", 0, 0},
    [ARGS_PAUSE] = {"pause", "[DB]", "stop giving out connections",
        "Statements that run go on, those that wait go on waiting, and\n"
        "connections are closed as they come back. Without DB: all\n"
        "databases.\n",
        "  fanout pause brazil\n", 0, 1},
    [ARGS_RESUME] = {"resume", "[DB]", "give out connections again", "",
        "  fanout resume brazil\n", 0, 1},
    [ARGS_RECONNECT] = {"reconnect", "[DB]",
        "replace every connection, each when it is not in use",
        "After a failover, say. Without DB: all databases.\n",
        "  fanout reconnect brazil\n", 0, 1},
    [ARGS_HELLO] = {"hello", "",
        "print the daemon's version, limits and databases", "",
        "  fanout hello\n", 0, 0},
};

const size_t args_commands_count = ARRAY_LEN(args_commands);

bool args_takes_value(const struct args_option *option)
{
	return option->type != ARGS_FLAG && option->type != ARGS_FIXED;
}
