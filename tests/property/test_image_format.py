"""Whatever an address of an image is, it is taken as it is or refused in so many words, and quickly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadkeep.types.image_format import EXTENSIONS, check_url
from threadkeep.types.rule import RuleError

AT = "content[0].image_url.url"
NOT_A_URL = f"Invalid '{AT}'. Expected a valid URL, but got a value with an invalid format."
NOT_A_PICTURE = (
    f"Invalid '{AT}'. Expected url to end in a supported format: {', '.join(EXTENSIONS)} but got "
)
PIECES = [
    "https://",
    "http:/",
    "a.b",
    "/",
    "?",
    "#",
    ".png",
    ".SVG",
    " ",
    "\n",
    "data:image/",
    "{path}",
]
URLS = st.text() | st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_~%", min_size=1, max_size=8)


@given(URLS)
def test_any_text_is_taken_or_refused_with_one_of_two_sentences(url: str):
    try:
        check_url("url", url)
    except RuleError as refusal:
        message = refusal.message_at(AT)
        assert message == NOT_A_URL or message.startswith(NOT_A_PICTURE)
    else:
        assert not any(character.isspace() for character in url)


@given(
    st.sampled_from(["http", "https", "HTTPS"]),
    st.lists(WORDS, min_size=1, max_size=4),
    st.sampled_from(["", *EXTENSIONS]),
    st.sampled_from(["", "?a=b.c/d.e", "#f.g", "?h#i.j"]),
)
def test_pictures_are_taken_wherever_they_are(
    scheme: str, path: list[str], extension: str, rest: str
):
    check_url("url", f"{scheme}://example.com/{'/'.join(path)}{extension}{rest}")


@given(WORDS, WORDS.filter(lambda word: f".{word}" not in EXTENSIONS))
def test_another_extension_is_named_in_the_refusal(name: str, extension: str):
    with pytest.raises(RuleError) as refused:
        check_url("url", f"https://example.com/{name}.{extension.upper()}")
    assert refused.value.message_at(AT) == f"{NOT_A_PICTURE}.{extension}."


def test_a_long_address_is_looked_at_in_no_time():
    for start in ("https://", "https://a/", "https://a?", "data:image/"):
        with pytest.raises(RuleError):
            check_url("url", start + "a" * 1_000_000 + " ")
