-- At open: no lease outlives the process that held the file.
delete from workers
