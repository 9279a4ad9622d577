-- The index messages_by_run, once for each run, and the primary key for each that is found.
delete from messages
using (
    select found.project, found.thread_id, found.id
    from unnest(:project::text[], :thread_id::text[], :run_id::text[])
        as given (project, thread_id, run_id)
    cross join lateral (
        select project, thread_id, id
        from messages
        where project = given.project and thread_id = given.thread_id and run_id = given.run_id
          and status = 'in_progress'
        order by seq
    ) as found
    offset 0
) as open
where messages.project = open.project and messages.thread_id = open.thread_id
  and messages.id = open.id
