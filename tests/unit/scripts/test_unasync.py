"""The generator of the sync client: what it renames, what it leaves alone, what it reports."""

from __future__ import annotations

import ast

import pytest

from scripts import unasync

SOURCE = '''"""A thread's messages; async in prose stays."""

from collections.abc import AsyncIterator

from threadkeep.client._async.resource import AsyncResource

__all__ = ["AsyncMessages", "aclose it"]


class AsyncMessages(AsyncResource):
    async def __aenter__(self):
        return self

    async def texts(self) -> AsyncIterator[str]:
        async with self._client.stream() as lines:
            async for line in lines:  # await nothing here
                yield await line.aread()
        await self._client.aclose()
'''

EXPECTED = '''"""A thread's messages; async in prose stays."""

from collections.abc import Iterator

from threadkeep.client._sync.resource import Resource

__all__ = ["Messages", "aclose it"]


class Messages(Resource):
    def __enter__(self):
        return self

    def texts(self) -> Iterator[str]:
        with self._client.stream() as lines:
            for line in lines:  # await nothing here
                yield line.read()
        self._client.close()
'''


@pytest.fixture
def project(tmp_path):
    source = tmp_path / "src/threadkeep/client/_async"
    source.mkdir(parents=True)
    (source / "messages.py").write_text(SOURCE)
    (source / "threads.py").write_text("async def create() -> None: ...\n")
    assert unasync.main(check=False, root=tmp_path) == 0
    return tmp_path


def test_the_async_words_go_and_the_rest_stays():
    assert unasync.unasync(SOURCE) == EXPECTED


def test_what_comes_out_has_no_asynchronous_syntax():
    tree = ast.parse(unasync.unasync(SOURCE))
    asynchronous = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
    assert not [node for node in ast.walk(tree) if isinstance(node, asynchronous)]


@pytest.mark.parametrize(
    ("name", "sync"),
    [
        ("AsyncClient", "Client"),
        ("_AsyncPager", "_Pager"),
        ("aclose", "close"),
        ("Asynchronous", "Asynchronous"),
        ("asyncio", "asyncio"),
        ("Client", "Client"),
    ],
)
def test_names(name, sync):
    assert unasync.renamed(name) == sync


def test_a_generated_file_names_its_source_and_is_up_to_date(project, capsys):
    text = (project / "src/threadkeep/client/_sync/messages.py").read_text()
    assert text.startswith("# Generated from src/threadkeep/client/_async/messages.py by")
    assert text.endswith(EXPECTED)
    assert unasync.main(check=True, root=project) == 0
    assert "2 generated files are up to date." in capsys.readouterr().out


def test_an_edited_a_truncated_and_a_missing_file_are_stale(project, capsys):
    folder = project / "src/threadkeep/client/_sync"
    messages, threads = folder / "messages.py", folder / "threads.py"
    messages.write_text(messages.read_text().rsplit("\n", 2)[0] + "\n")
    threads.unlink()
    assert unasync.main(check=True, root=project) == 1
    assert capsys.readouterr().out.splitlines() == [
        "stale: src/threadkeep/client/_sync/messages.py",
        "stale: src/threadkeep/client/_sync/threads.py",
        "Run `make format`.",
    ]
    assert unasync.main(check=False, root=project) == 0
    assert unasync.main(check=True, root=project) == 0


def test_a_file_without_a_source_is_an_orphan_and_is_removed(project, capsys):
    (project / "src/threadkeep/client/_async/threads.py").unlink()
    assert unasync.main(check=True, root=project) == 1
    assert "orphan: src/threadkeep/client/_sync/threads.py" in capsys.readouterr().out
    unasync.main(check=False, root=project)
    assert not (project / "src/threadkeep/client/_sync/threads.py").exists()
