-- The partial indexes runs_queued and vector_store_files_waiting, and the rows that they lead to. What time it is.
select
    (select count(*) from runs where status = 'queued'),
    (select min(queued_at) from runs where status = 'queued'),
    (select count(*) from vector_store_files where status = 'in_progress' and worker is null),
    (select body from vector_store_files where status = 'in_progress' and worker is null
     order by seq limit 1),
    coalesce(cast(:now as double precision), extract(epoch from statement_timestamp()))
