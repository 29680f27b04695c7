-- The names in pg_functions.c's first table, from a fresh PostgreSQL 15:
--
--     psql -Atf planner/pg_functions.sql template1
--
-- Functions for users that the catalogue calls immutable or stable in every
-- overload, without those that run other SQL, touch the session or take a
-- transaction id, and with some volatile ones that change nothing.

WITH overload AS (
	SELECT p.proname::text AS name,
	       coalesce(obj_description(p.oid, 'pg_proc'), '') AS what,
	       p.provolatile IN ('i', 's') AS steady,
	       p.prokind IN ('f', 'a', 'w')
	           AND NOT (p.prorettype || p.proargtypes::oid[])
	               && ARRAY(SELECT oid FROM pg_type WHERE typname IN
	                   ('internal', 'cstring', 'trigger', 'event_trigger')
	                   OR typname LIKE '%\_handler') AS for_users
	FROM pg_proc p
	WHERE p.pronamespace = 'pg_catalog'::regnamespace
), harmless AS (
	SELECT name FROM overload GROUP BY name
	HAVING bool_and(steady AND for_users)
	   AND NOT bool_and(what ~ ('^(I/O|implementation of|\(internal\)|hash|'
	       'less-equal-greater|internal |for use by|less|greater|'
	       '(restriction|join) selectivity|window RANGE|'
	       '(larger|smaller) of)|typanalyze|equal to|'
	       '(transition|final|serial|combine|support) function'))
	   AND name !~ ('_to_xml|^pg_event_trigger_|^pg_cursor$|'
	       '^pg_prepared_statement$|^txid_current$|^pg_current_xact_id$|'
	       '^(lo|binary_upgrade|pg_advisory|pg_replication_origin)_|'
	       '_transfn$|_subdiff$|_canonical$|^spg_|^gin_')
	UNION
	SELECT unnest(ARRAY['array_cat', 'clock_timestamp', 'current_query',
	    'gen_random_uuid', 'json_agg', 'json_object_agg', 'jsonb_agg',
	    'jsonb_object_agg', 'pg_blocking_pids', 'pg_current_wal_lsn',
	    'pg_database_size', 'pg_indexes_size', 'pg_is_in_recovery',
	    'pg_last_wal_replay_lsn', 'pg_relation_size', 'pg_sleep',
	    'pg_sleep_for', 'pg_sleep_until', 'pg_table_size',
	    'pg_tablespace_size', 'pg_total_relation_size', 'random',
	    'starts_with', 'timeofday'])
)
SELECT format('"%s",', name) FROM harmless WHERE name ~ '^[a-z][a-z0-9_]*$'
ORDER BY name COLLATE "C";
