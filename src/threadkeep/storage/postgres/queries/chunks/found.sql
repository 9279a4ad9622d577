-- By primary key, and for each chunk its file; chunks of vector stores that were found by their project.
select chunks.seq, vector_store_files.body, files.body, chunks.position, chunks.text,
  chunks.page, chunks.heading
from chunks
join vector_store_files
  on vector_store_files.seq = chunks.vector_store_file
  and vector_store_files.epoch = chunks.epoch
join files on files.project = vector_store_files.project and files.id = vector_store_files.file_id
where chunks.seq = any(cast(:seqs as bigint[]))
