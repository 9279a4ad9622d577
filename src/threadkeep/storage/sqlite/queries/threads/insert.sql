-- Fails on an id that the project has already.
insert into threads (project, id, body)
values (:project, :id, :body)
