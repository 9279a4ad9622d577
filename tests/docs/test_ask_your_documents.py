"""The tutorial on documents: its commands are run as they are printed, and print what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.running_server import RunningServer
from tests.support.scripted_model import ScriptedModel

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/tutorial/ask-your-documents.md").read_text(encoding="utf-8")
PRINTED_URL = "http://127.0.0.1:8400/v1"
PYTHONS = f"{Path(sys.executable).parent}/"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.+?)^```", PAGE, re.MULTILINE | re.DOTALL)


def without_what_differs(text: str) -> str:
    """Ids are new each time, and a score may be a little higher on another processor."""
    return re.sub(r"\b0\.\d+", "0.5", re.sub(r"\b(vs_|file-)\w+", r"\1id", text))


def test_the_commands_print_what_the_page_shows(
    running_server: RunningServer, scripted_model: ScriptedModel
):
    scripted_model.call_functions(("file_search", '{"queries": ["tyre pressure", "pump tyres"]}'))
    scripted_model.reply(*answer_with("【0:0†heron.pdf】"))
    scripted_model.call_functions(("file_search", '{"queries": ["warranty of the frame"]}'))
    scripted_model.reply(*answer_with("【0:0†warranty.md】"))
    serve, where, *commands = blocks("sh")
    assert serve == ".venv/bin/threadkeep serve\n"
    script = "".join([where.replace(PRINTED_URL, running_server.base_url), *commands])

    done = subprocess.run(
        ["sh", "-euc", script.replace(".venv/bin/", PYTHONS)],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("THREADKEEP_")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert without_what_differs(done.stdout) == without_what_differs("".join(blocks("text")))
    assert scripted_model.unused_replies == 0


def answer_with(mark: str) -> list[str]:
    """The answer that the page shows with this mark, in two pieces, the mark cut in two."""
    (line,) = re.findall(rf"^(.+{mark}.*)$", PAGE, re.MULTILINE)[:1]
    place = line.index(mark) + 3
    return [line[:place], line[place:]]
