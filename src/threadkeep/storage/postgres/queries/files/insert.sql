-- Fails on an id that the project has already.
insert into files (project, id, purpose, expires_at, body)
values (:project, :id, :purpose, :expires_at, :body)
