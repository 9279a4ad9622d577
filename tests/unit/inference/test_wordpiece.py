"""WordPiece as BERT, uncased, has it: what its reference implementation makes of these texts."""

import pytest

from threadkeep.inference.minilm.wordpiece import bert_uncased

UNKNOWN = 100


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("hello world", [7592, 2088]),
        ("Unaffable, isn't it?", [14477, 20961, 3468, 1010, 3475, 1005, 1056, 2009, 1029]),
        ("Zürich naïve CAFÉ", [10204, 15743, 7668]),
        ("日本語のテキスト", [1864, 1876, 1950, 1671, 30239, 30227, 30233, 30240]),
        ("가나다", [1455, 30006, 29992, 30006, 29993, 30006]),
        ("$5.00 <b>#tag</b>", [1002, 1019, 1012, 4002, 1026, 1038, 1028, 1001, 6415, 1026, 1013, 1038, 1028]),
        ("a\u00a0b\tc\nd", [1037, 1038, 1039, 1040]),
        ("\u200bzero\u200bwidth", [5717, 9148, 11927, 2232]),
        ("🎈 party", [UNKNOWN, 2283]),
        ("don\u2019t “quote”", [2123, 1521, 1056, 1523, 14686, 1524]),
        ("def f(x): return x**2", [13366, 1042, 1006, 1060, 1007, 1024, 2709, 1060, 1008, 1008, 1016]),
        ("x" * 100 + " " + "x" * 101, [22038, *[20348] * 49, UNKNOWN]),
    ],
)  # fmt: skip
def test_a_text_has_the_tokens_that_bert_gives_it(text, ids):
    wordpiece = bert_uncased()

    assert wordpiece.ids(text) == ids
    assert wordpiece.count(text) == len(ids)
    assert [token.id for token in wordpiece.tokens(text)] == ids


def test_a_token_tells_where_its_word_stands():
    text = "Zürich naïvely 🎈"

    places = [(text[token.start : token.end], token.id) for token in bert_uncased().tokens(text)]

    assert places == [("Zürich", 10204), ("naïvely", 15743), ("naïvely", 2135), ("🎈", UNKNOWN)]
