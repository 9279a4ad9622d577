"""HTML to text: what a reader of the page sees."""

import pytest

from threadkeep.retrieval.html_text import html_text


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
    assert html_text(page) == text
