-- A range of the index runs_by_thread, which ends with seq.
select body
from runs
where project = :project and thread_id = :thread_id and seq > :above and seq < :below
order by seq
limit :limit
