"""A conversation by an agency of two assistants in Agency Swarm: `python agency_swarm_agency.py URL`.

The user asks the chief, the chief asks the reporter on a thread of their own, the reporter calls a function.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import warnings
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agency_swarm import Agency, Agent, set_openai_client
from agency_swarm.tools import BaseTool
from agency_swarm.util.streaming import AgencyEventHandler
from openai import OpenAI
from pydantic import Field

warnings.filterwarnings("ignore", category=DeprecationWarning)


class GetWeather(BaseTool):
    """Tells the weather in a city."""

    city: str = Field(..., description="Where.")

    def run(self) -> str:
        return {"Oslo": "rain", "Rome": "sun"}[self.city]


class Handler(AgencyEventHandler):
    """Made anew for each stream, of which an agency opens many; what they hear comes together here."""

    heard: Counter[str] = Counter()
    text = ""

    def on_event(self, event: Any) -> None:
        Handler.heard[event.event] += 1

    def on_text_delta(self, delta: Any, snapshot: Any) -> None:
        Handler.text += delta.value

    def on_tool_call_done(self, tool_call: Any) -> None:
        Handler.heard[f"call of {tool_call.function.name}"] += 1

    @classmethod
    def on_all_streams_end(cls) -> None:
        Handler.heard["all streams ended"] += 1


def new_agency(settings: list[Any]) -> Agency:
    """An agency whose assistants are those in `settings`, if there are any; new ones are noted there."""
    chief = Agent(name="Chief", description="Leads", instructions="Lead.", model="gpt-4o")
    reporter = Agent(
        name="Reporter",
        description="Reports",
        instructions="Report.",
        tools=[GetWeather],
        model="gpt-4o",
    )
    return Agency(
        [chief, [chief, reporter]],
        shared_instructions="Be kind.",
        max_prompt_tokens=20_000,
        settings_callbacks={"load": lambda: list(settings), "save": settings.extend},
    )


def with_files(client: OpenAI) -> list[Any]:
    """An assistant with a folder of files, which it uploads and, once they are read, searches."""
    folder = Path("animals").absolute()
    folder.mkdir()
    (folder / "whales.txt").write_text("Whales are the largest animals that ever lived.")
    librarian = Agent(
        name="Librarian",
        description="Searches",
        instructions="Search.",
        files_folder=str(folder),
        model="gpt-4o",
    )
    agency = Agency([librarian], settings_path="librarian.json")
    while any(store.file_counts.in_progress for store in client.vector_stores.list()):
        time.sleep(0.02)
    answer = agency.get_completion("Search for whales.")
    [uploaded] = [path.name for path in folder.iterdir()]
    agency.delete()
    return [answer, uploaded.startswith("whales_file-")]


def main(url: str) -> None:
    client = OpenAI(base_url=f"{url}/v1", api_key="sk-test", max_retries=0)
    set_openai_client(client)
    os.chdir(tempfile.mkdtemp())  # it keeps its settings where it is started
    settings: list[Any] = []
    agency = new_agency(settings)
    saw: dict[str, Any] = {
        "answer": agency.get_completion("How is the weather in Oslo and in Rome?"),
        "second": agency.get_completion("Thank you."),
        "said": [
            [message.sender_name, message.receiver_name, message.msg_type, str(message.content)]
            for message in agency.get_completion("How is it in Oslo?", yield_messages=True)
            if message.msg_type == "text"
        ],
    }
    again = new_agency(settings)
    saw["same assistants"] = [a.id for a in again.agents] == [a.id for a in agency.agents]
    saw["streamed"] = again.get_completion_stream("How is it in Rome?", Handler)
    saw["heard"] = dict(sorted(Handler.heard.items()))
    saw["text"] = Handler.text
    again.delete()
    saw["left over"] = len(client.beta.assistants.list().data)
    saw["files"] = with_files(client)
    saw["files left over"] = len(client.files.list().data)
    print(json.dumps({"version": version("agency-swarm"), "saw": saw}))


if __name__ == "__main__":
    main(sys.argv[1])
