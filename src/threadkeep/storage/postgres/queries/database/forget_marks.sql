-- Those of writers that have not been heard of for a day: the table is short.
delete from commit_marks
where marked_at < now() - interval '1 day'
