-- A range of the index messages_by_thread, no more than are deleted within the time that a statement has.
delete from messages
where project = :project and thread_id = :thread_id and seq <= (
    select max(seq)
    from (
        select seq
        from messages
        where project = :project and thread_id = :thread_id
        order by seq
        limit :limit
    ) as first
)
