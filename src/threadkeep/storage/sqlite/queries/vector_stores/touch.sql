-- By unique (project, id), once for each id. Time does not go back, and what has expired stays so.
update vector_stores
set last_active_at = :now
where project = :project and id in (select value from json_each(:vector_store_ids))
  and last_active_at < :now and (expires_at is null or expires_at > :now)
