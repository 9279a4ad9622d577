-- A range of the index messages_by_run, which ends with seq.
select body
from messages
where project = :project and thread_id = :thread_id and run_id = :run_id
  and seq > :above and seq < :below
order by seq
limit :limit
