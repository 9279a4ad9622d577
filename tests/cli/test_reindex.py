"""`threadkeep vector-stores reindex`: from one embedding model to another, and what `doctor` says before."""

from __future__ import annotations

import pytest

from tests.support.command import Threadkeep
from tests.support.scripted_embeddings import ScriptedEmbeddings
from tests.support.scripted_model import ScriptedModel
from threadkeep import embedded

DATABASE = "sqlite:///threads.db"


@pytest.fixture
def store_id(threadkeep: Threadkeep, tmp_path) -> str:
    """A vector store of the database, embedded by the model that is installed."""
    with embedded.client(tmp_path / "threads.db", detect_models=False) as client:
        file = client.files.create(file=("tea.txt", b"Tea is drunk at four."), purpose="assistants")
        store = client.vector_stores.create(name="drinks")
        client.vector_stores.files.create_and_poll(file.id, vector_store_id=store.id)
        return store.id


def test_a_vector_store_is_embedded_anew(
    threadkeep: Threadkeep,
    scripted_model: ScriptedModel,
    scripted_embeddings: ScriptedEmbeddings,
    store_id: str,
    tmp_path,
):
    (tmp_path / "threadkeep.toml").write_text(
        f'database = "{DATABASE}"\n'
        f'[upstreams.mine]\nurl = "{scripted_embeddings.base_url}"\n'
        f'[upstreams.chat]\nurl = "{scripted_model.base_url}"\n'
        '[[routes]]\npattern = "*"\nupstream = "chat"\n'
        '[embedding]\nupstream = "mine"\nmodel = "small"\n'
    )
    note = f"`threadkeep vector-stores reindex {store_id}`"
    assert note in threadkeep("doctor").out

    done = threadkeep("vector-stores", "reindex", store_id, "--database", DATABASE)

    assert (done.code, done.out) == (0, f"{store_id} is searched by small.\n")
    assert done.err == "1 chunks embedded, 0 to go\n"
    assert note not in threadkeep("doctor").out
    again = threadkeep("vector-stores", "reindex", store_id, "--database", DATABASE)
    assert (again.code, again.err) == (0, "0 chunks embedded, 0 to go\n")


def test_what_cannot_be_embedded_is_told(threadkeep: Threadkeep, store_id: str):
    done = threadkeep(
        *("vector-stores", "reindex", store_id, "--database", DATABASE),
        THREADKEEP_EMBEDDING_UPSTREAM="none",
    )
    assert done.code == 1
    assert "This server has no embedding model." in done.err
    absent = threadkeep("vector-stores", "reindex", "vs_absent", "--database", DATABASE)
    assert absent.code == 1
    assert "vs_absent" in absent.err
