"""What the compatibility page says is complete: each client has a record, and each operation a client that calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conformance import (
    test_agency_swarm,
    test_azure_agents,
    test_langchain,
    test_openai_node,
    test_openai_python,
)
from tests.support.client_runs import RECORDS
from tests.support.schemas import document

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = [
    *test_openai_python.CLIENTS,
    *test_openai_node.CLIENTS,
    test_langchain.CLIENT,
    test_azure_agents.CLIENT,
    test_agency_swarm.CLIENT,
]


def records() -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in RECORDS.glob("*.json")}


def test_there_is_a_record_of_each_client_and_no_other():
    assert set(records()) == {client.name for client in CLIENTS}


def test_every_operation_is_called_by_some_client():
    called = {operation for record in records().values() for operation in record["operations"]}
    described = {f"{m.upper()} {path}" for path, ms in document()["paths"].items() for m in ms}
    assert described - called == {  # none offers them
        "DELETE /threads/{thread_id}/runs/{run_id}",
        "GET /runs/{run_id}/explanation",
        "GET /threads/{thread_id}/runs/{run_id}/events",
        "POST /vector_stores/{vector_store_id}/reindex",
    }
    assert {name for name in called if "streamed" in name} == {
        "POST /threads/runs (streamed)",
        "POST /threads/{thread_id}/runs (streamed)",
        "POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs (streamed)",
    }


def test_the_tables_on_the_page_are_fresh():
    command = [sys.executable, str(ROOT / "scripts/draw_compatibility.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
