-- A range of the index messages_by_thread, which ends with seq.
select body
from messages
where project = :project and thread_id = :thread_id and seq > :above and seq < :below
order by seq desc
limit :limit
