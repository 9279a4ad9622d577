-- By primary key, and for each chunk its file.
select chunks.seq, vector_store_files.body, files.body, chunks.position, chunks.text,
  chunks.page, chunks.heading
from json_each(:seqs) as wanted
cross join chunks
cross join vector_store_files
cross join files
where chunks.seq = wanted.value
  and vector_store_files.seq = chunks.vector_store_file
  and vector_store_files.epoch = chunks.epoch
  and files.project = :project and files.id = vector_store_files.file_id
