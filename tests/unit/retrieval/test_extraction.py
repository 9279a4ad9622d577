"""What a file's extension decides: who reads it, and whether anybody can."""

import io
import sys

import pytest

from tests.support import documents
from threadkeep.retrieval import UnreadableFileError
from threadkeep.retrieval.extraction import extracted


@pytest.mark.parametrize(
    ("filename", "library", "reader"),
    [("a.pdf", "pypdfium2", "pdf_text"), ("a.doc", "olefile", "doc_text")],
)
def test_without_its_extra_a_type_is_refused_with_words_that_help(
    monkeypatch, filename, library, reader
):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"threadkeep.retrieval.{reader}", raising=False)

    with pytest.raises(UnreadableFileError) as caught:
        list(extracted(filename, io.BytesIO(documents.pdf("Tea"))))

    assert caught.value.code == "unsupported_file"
    assert caught.value.message == (
        f"This server cannot read {filename[1:]} files: the extra `docs` is not installed."
    )
