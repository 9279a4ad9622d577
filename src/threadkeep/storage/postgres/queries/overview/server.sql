-- Settings and counters, no table of records.
select
    current_setting('server_version'),
    current_setting('server_version_num')::integer,
    current_setting('fsync')::boolean and current_setting('full_page_writes')::boolean,
    current_setting('synchronous_commit') <> 'off',
    pg_database_size(current_database()),
    (select sum(numbackends)::integer from pg_stat_database),
    current_setting('max_connections')::integer
