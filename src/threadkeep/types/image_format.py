"""Image formats: which pictures a message may show, by the ends of their names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from threadkeep.types.rule import RuleError

EXTENSIONS: Final = (".jpeg", ".jpg", ".png", ".gif", ".webp")
"""Of the files and addresses that a message may show."""

_DATA_URL: Final = re.compile(r"data:image/\S+", re.IGNORECASE)
_WEB_URL: Final = re.compile(
    r"https?://[^\s/?#]+(?P<path>(/[^\s?#]*)?)([?#]\S*)?",  # each part ends where the next begins
    re.IGNORECASE,
)


def check_url(field: str, url: str) -> None:
    """Raises `RuleError` if `field` holds no URL, or one that ends like something other than a picture.

    An address without an extension may well lead to a picture.
    """
    if _DATA_URL.fullmatch(url):
        return
    web_url = _WEB_URL.fullmatch(url)
    if web_url is None:
        message = "Invalid '{path}'. Expected a valid URL, but got a value with an invalid format."
        raise RuleError(field, message, "invalid_value")
    extension = PurePosixPath(web_url["path"]).suffix.lower()
    if extension and extension not in EXTENSIONS:
        message = (
            "Invalid '{path}'. Expected url to end in a supported format: "
            f"{', '.join(EXTENSIONS)} but got {extension}."
        )
        raise RuleError(field, message, "invalid_value")
