"""Which files can be searched."""

import pytest

from threadkeep.retrieval.file_types import extension, unsupported

SUPPORTED = ".c .cpp .cs .css .doc .docx .go .html .java .js .json .md .pdf .php .pptx .py .rb .sh .tex .ts .txt"


def test_all_that_the_contract_lists_can_be_searched():
    assert unsupported(f"a{extension}" for extension in SUPPORTED.split()) is None


def test_others_are_told_each_once():
    message = unsupported(["a.csv", "b.txt", "c.CSV", "d.xlsx", "e"])

    assert message == (
        "Files with extensions [.csv, .xlsx, none] are not supported for retrieval. "
        "See https://platform.openai.com/docs/assistants/tools/file-search/supported-files"
    )


@pytest.mark.parametrize(
    ("filename", "expected"),
    [("a.TXT", ".txt"), ("a.tar.gz", ".gz"), ("你好.md", ".md"), ("none", ""), (".txt", "")],
)
def test_the_extension_is_the_last_one_in_small_letters(filename, expected):
    assert extension(filename) == expected
