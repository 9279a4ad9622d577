-- By primary key. The pieces go by foreign key.
delete from file_contents
where seq = :content
