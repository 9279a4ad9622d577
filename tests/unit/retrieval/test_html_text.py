"""HTML to passages: what a reader of the page sees, and under which headings."""

import pytest

from threadkeep.retrieval.html_text import html_passages


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<title>Tea</title><h1>Tea</h1><p>Hot.</p>", "Tea\nTea\nHot."),
        ("<p>one\n   two</p>three", "one two\nthree"),
        ("<p>very <b>good</b>, <i>really</i></p>", "very good, really"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<table><tr><td>1<td>2</tr><tr><td>3</table>", "1 2\n3"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<p>caf&eacute; &amp; &#x4e16;</p>", "café & 世"),
        ("<pre>def f():\n    pass\n</pre>", "def f():\n    pass"),
        ("a<script>if (a < b) {}</script><style>p {}</style>b", "ab"),
        ("a<svg><svg></svg><text>x</text></svg>b", "ab"),
        ("a<!-- unseen -->b", "ab"),
        ("<p>open <div>ended</p></div></section>", "open\nended"),
        ("5 < 6 and &bogus;", "5 < 6 and &bogus;"),
        ("", ""),
    ],
)
def test_a_page_reads_as_it_looks(page, text):
    for size in (1_000, 7, 1):
        blocks = [page[begin : begin + size] for begin in range(0, len(page), size)]
        assert "".join(passage.text for passage in html_passages(blocks)).rstrip("\n") == text


def test_text_stands_under_its_headings():
    page = (
        "<title>Drinks</title>before<h1>Tea</h1><p>hot<h2><span>Green</span> <i>tea</i></h2>60°"
        "<h2>Black tea</h2>95°<h4>Assam</h4><h1><div>Coffee</div>black</h1>bitter"
    )

    found = [(passage.text.strip(), passage.section.heading) for passage in html_passages([page])]

    assert found == [
        ("Drinks", None),
        ("before", None),
        ("Tea", "Tea"),
        ("hot", "Tea"),
        ("Green tea", "Tea > Green tea"),
        ("60°", "Tea > Green tea"),
        ("Black tea", "Tea > Black tea"),
        ("95°", "Tea > Black tea"),
        ("Assam", "Tea > Black tea > Assam"),
        ("Coffee", "Coffee"),
        ("black", "Coffee"),
        ("bitter", "Coffee"),
    ]
