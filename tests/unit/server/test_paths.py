"""Which template a path fits."""

from __future__ import annotations

import pytest

from threadkeep.server.app import MOUNTS
from threadkeep.server.paths import Paths
from threadkeep.server.routes import API

PATHS = Paths(MOUNTS, {template: template for template in API})


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize("template", API)
def test_each_template_is_found_with_what_stands_in_its_place(mount: str, template: str):
    names = [part[1:-1] for part in template.split("/") if part.startswith("{")]
    given = {name.removesuffix(":path"): f"a.{number}" for number, name in enumerate(names)}
    path = mount + template.replace(":path}", "}").format(**given)

    assert PATHS.find(path) == (template, given)


@pytest.mark.parametrize(
    ("path", "template", "given"),
    [
        ("/v1/threads/runs", "/threads/runs", {}),
        ("/v1/threads/runs/messages", "/threads/{thread_id}/messages", {"thread_id": "runs"}),
        ("/v1/models/a/b", "/models/{model:path}", {"model": "a/b"}),
        ("/v1/threads/a\nb", "/threads/{thread_id}", {"thread_id": "a\nb"}),
    ],
)
def test_the_first_that_fits_is_taken(path: str, template: str, given: dict[str, str]):
    assert PATHS.find(path) == (template, given)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/v1", "/v1/", "/v1/threads/", "/v1/threads//messages", "/threads", "/v1/models/"],
)
def test_none_fits(path: str):
    assert PATHS.find(path) is None
