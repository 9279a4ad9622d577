-- Fails on an id that the project has already.
insert into vector_stores (project, id, last_active_at, expires_after_days, body)
values (:project, :id, :last_active_at, :expires_after_days, :body)
