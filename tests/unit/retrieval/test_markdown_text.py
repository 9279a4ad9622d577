"""Markdown to passages: all of the text, each line under its headings."""

import pytest

from threadkeep.retrieval.markdown_text import markdown_passages

TEXT = """\
---
title: Drinks
# no heading
---
before
# Tea #
hot
## Green `tea` ##

60°
###### Sencha
#hashtag
    # code
```sh
# a comment
~~~
```
Black tea
---------
- a list
---
more

  Coffee
===
| a | b |
|---|---|
bitter"""

HEADINGS = [
    ("before", None),
    ("# Tea #", "Tea"),
    ("hot", "Tea"),
    ("60°", "Tea > Green `tea`"),
    ("#hashtag", "Tea > Green `tea` > Sencha"),
    ("# a comment", "Tea > Green `tea` > Sencha"),
    ("more", "Tea > Green `tea` > Sencha"),
    ("Coffee", "Coffee"),
    ("bitter", "Coffee"),
]


@pytest.mark.parametrize("size", [1_000, 5])
def test_each_line_stands_under_its_headings(size):
    blocks = [TEXT[begin : begin + size] for begin in range(0, len(TEXT), size)]

    passages = [*markdown_passages(blocks)]

    assert "".join(passage.text for passage in passages) == TEXT
    headings = {passage.text.strip(): passage.section.heading for passage in passages}
    assert [(line, headings[line]) for line, _ in HEADINGS] == HEADINGS


def test_a_line_over_a_line_of_dashes_is_a_heading_only_after_a_blank_one():
    headings = [passage.section.heading for passage in markdown_passages(["a\n\nTea\n---\nhot"])]

    assert headings == [None, None, "Tea", "Tea", "Tea"]


def test_a_line_without_an_end_is_read_piece_by_piece():
    blocks = ["# " + "x" * 60_000] * 5

    passages = [*markdown_passages(blocks)]

    assert "".join(passage.text for passage in passages) == "".join(blocks)
    assert len(passages) > 1
