-- By the index messages_of_user, which holds nothing else.
select 1
from messages
where project = :project and thread_id = :thread_id and role = 'user'
limit 1
