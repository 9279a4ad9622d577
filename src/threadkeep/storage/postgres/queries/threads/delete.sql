-- By primary key. Messages, runs and steps go by foreign key, through their indexes by thread and run.
delete from threads
where project = :project and id = :id
