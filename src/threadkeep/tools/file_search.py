"""File search: the model searches the vector stores of the assistant and of the thread, and cites what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

import msgspec

from threadkeep.retrieval.searching import Searcher
from threadkeep.retrieval.tokens import cut_to, token_count
from threadkeep.settings import MarkStyle
from threadkeep.storage import BOTH_ORDERS, ChunkHit, Ranking, Storage
from threadkeep.tools import Citations, RequestedCall, ToolError
from threadkeep.tools.search_marks import citations, content_of, marked
from threadkeep.types.delta import FileSearchToolCallDelta, ToolCallDelta
from threadkeep.types.run import Run
from threadkeep.types.run_step import (
    FileSearchCallRecord,
    FileSearchContent,
    FileSearchResult,
    FileSearchToolCall,
    ToolCall,
)
from threadkeep.types.tool import (
    FileSearchOptions,
    FileSearchTool,
    FunctionDefinition,
    FunctionTool,
    RankingOptions,
)
from threadkeep.types.tool_resources import ToolResources

WAIT_SECONDS: Final = 60.0
"""How long a run waits for files of its thread that are being read (contract §8)."""
_LOOK_SECONDS: Final = 0.1

_DESCRIPTION: Final = (
    "Searches the files that the user has provided, and returns the passages that answer the queries best. "
    "Use it whenever the files may hold what is asked for, before you answer from memory. "
    "Ask several short queries at once that say the same in other words, or that ask for one thing each."
)
_QUERIES: Final = "What to look for: words and names as they would stand in the files."
_HOW_TO_CITE: Final = (
    "Passages from the files, each under its mark. When you use one, write its mark, exactly as it stands here, "
    "right after what you say, for example: {example}"
)
_NOTHING: Final = "Nothing was found in the files."

_OFFER: Final = FunctionTool(
    function=FunctionDefinition(
        name="file_search",
        description=_DESCRIPTION,
        parameters={
            "type": "object",
            "properties": {
                "queries": {
                    "type": "array",
                    "items": {"type": "string"},
                    "minItems": 1,
                    "description": _QUERIES,
                }
            },
            "required": ["queries"],
        },
    )
)


class FileSearch:
    """The server tool `file_search`."""

    def __init__(
        self,
        storage: Storage,
        wait_seconds: float = WAIT_SECONDS,
        *,
        searcher: Searcher | None = None,
        marks: MarkStyle = "hosted",
    ) -> None:
        self._storage = storage
        self._wait_seconds = wait_seconds
        self._searcher = searcher or Searcher(storage)
        self._marks: MarkStyle = marks

    @property
    def type(self) -> str:
        """Of the tool and its calls."""
        return _OFFER.function.name

    def offered(self, run: Run) -> FunctionTool | None:
        """A function that takes several queries at once; None if the run has no file search."""
        return _OFFER if any(isinstance(tool, FileSearchTool) for tool in run.tools) else None

    async def prepare(self, project: str, run: Run) -> None:
        """Say that the vector stores are in use, and wait for the thread's files. Raises `ToolError` if one expired."""
        own, of_thread = await self._stores(project, run)
        for store_id in (*own, *of_thread):
            record = await self._storage.vector_stores.find(project, store_id)
            if record is not None and record.value.status == "expired":
                raise ToolError(f"Vector store '{store_id}' has expired.")
        await self._storage.vector_stores.touch(project, [*own, *of_thread])
        for store_id in of_thread:
            await self._wait_for_files(project, store_id)

    def opening(self, run: Run, index: int, call_id: str) -> ToolCallDelta:
        """The one delta of a search (contract §7.3 D)."""
        search = {"ranking_options": _ranking_options(run), "results": list[Any]()}
        return FileSearchToolCallDelta(index=index, id=call_id, file_search=search)

    def opened(self, run: Run, call_id: str) -> ToolCall:
        """A search that has found nothing yet."""
        record = FileSearchCallRecord(ranking_options=_ranking_options(run), results=[])
        return FileSearchToolCall(id=call_id, file_search=record)

    async def perform(self, project: str, run: Run, call: RequestedCall) -> ToolCall:
        """Search for what the model's arguments ask; of what is found, as much as there is room for."""
        queries = _queries(call.arguments)
        options, ranking = _options(run), _ranking_options(run)
        most_results, budget = _limits(run.model)
        hits = await self._search(
            project, run, queries, options.max_num_results or most_results, ranking.score_threshold
        )
        record = FileSearchCallRecord(
            ranking_options=ranking,
            results=[*_results(hits, min(budget, call.most_tokens))],
            queries=queries,
            number=call.number,
        )
        return FileSearchToolCall(id=call.id, file_search=record)

    def arguments(self, call: ToolCall) -> str:
        """The queries."""
        queries = call.file_search.queries or [] if isinstance(call, FileSearchToolCall) else []
        return msgspec.json.encode({"queries": queries}).decode()

    def output(self, call: ToolCall) -> str:
        """The passages that were found, each under its mark and its place in the file."""
        found = [*marked(call)] if isinstance(call, FileSearchToolCall) else []
        if not found:
            return _NOTHING
        passages = [f"{mark}\n{_told(content_of(result))}" for mark, result in found]
        return "\n\n".join([_HOW_TO_CITE.format(example=found[0][0]), *passages])

    def citations(self, calls: Iterable[ToolCall]) -> Citations:
        """The results of all searches."""
        searches = (call for call in calls if isinstance(call, FileSearchToolCall))
        return Citations(citations(searches), self._marks)

    async def _stores(self, project: str, run: Run) -> tuple[list[str], list[str]]:
        """The run's vector stores, which are the assistant's unless it has its own, and the thread's."""
        own = _store_ids(run.tool_resources)
        if not own:
            assistant = await self._storage.assistants.find(project, run.assistant_id)
            own = _store_ids(assistant.value.tool_resources) if assistant else []
        thread = await self._storage.threads.find(project, run.thread_id)
        return own, _store_ids(thread.value.tool_resources) if thread else []

    async def _wait_for_files(self, project: str, store_id: str) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._wait_seconds
        while loop.time() < until:
            record = await self._storage.vector_stores.find(project, store_id)
            if record is None or record.value.file_counts.in_progress == 0:
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _search(
        self, project: str, run: Run, queries: list[str], limit: int, min_score: float
    ) -> list[ChunkHit]:
        """Both at once; what is in the assistant's and in the thread's vector store is found once."""
        own, of_thread = await self._stores(project, run)
        stores = [*dict.fromkeys([*own, *of_thread])]
        if not stores or not queries:
            return []
        return await self._searcher.search(
            project, stores, queries, limit=limit, min_score=min_score, ranking=_ranking(run)
        )


def _store_ids(resources: ToolResources | None) -> list[str]:
    search = resources.file_search if resources else None
    return search.vector_store_ids or [] if search else []


def _options(run: Run) -> FileSearchOptions:
    """Those of the run's own file search."""
    tools = (tool for tool in run.tools if isinstance(tool, FileSearchTool))
    return next((tool.file_search for tool in tools if tool.file_search), FileSearchOptions())


def _ranking_options(run: Run) -> RankingOptions:
    """As a call echoes them: ranker and threshold, no more."""
    options = _options(run).ranking_options or RankingOptions()
    return RankingOptions(ranker=options.ranker, score_threshold=options.score_threshold)


def _ranking(run: Run) -> Ranking:
    """How much meaning and words count for the run."""
    options = _options(run).ranking_options or RankingOptions()
    if not options.hybrid_search:
        return BOTH_ORDERS
    return Ranking(
        embedding_weight=options.hybrid_search.embedding_weight,
        text_weight=options.hybrid_search.text_weight,
    )


def _limits(model: str) -> tuple[int, int]:
    """How many results, and how many tokens of them, the model gets unless it is told otherwise (contract §8)."""
    return (5, 4_000) if model.startswith("gpt-3.5") else (20, 16_000)


def _queries(arguments: str) -> list[str]:
    """The queries in what the model wrote, which may be other than it was told: one text, or no JSON at all."""
    try:
        value: object = msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        value = arguments
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        value = fields.get("queries") or fields.get("query") or [*fields.values()]
    texts = cast("list[object]", value) if isinstance(value, list) else [value]
    queries = [text.strip() for text in texts if isinstance(text, str)]
    return [*dict.fromkeys(query for query in queries if query)]


def _results(hits: Sequence[ChunkHit], most_tokens: int) -> Iterator[FileSearchResult]:
    """As many of the best hits as there is room for; of the very best at least a part."""
    left, told = most_tokens, set[tuple[str, str]]()
    for hit in hits:
        if (hit.file_id, hit.text) in told:
            continue
        place = _place(hit.page, hit.heading)
        left -= token_count(place)
        text = hit.text if told else cut_to(hit.text, left)
        left -= token_count(text)
        if left < 0 or not text:
            return
        told.add((hit.file_id, hit.text))
        yield FileSearchResult(
            file_id=hit.file_id,
            file_name=hit.filename,
            score=hit.score,
            attributes=hit.attributes,
            content=[
                FileSearchContent(
                    text=text, page=hit.page or msgspec.UNSET, heading=hit.heading or msgspec.UNSET
                )
            ],
        )


def _told(content: FileSearchContent) -> str:
    """What the model is told of a passage: where it stands, if that is known, then its text."""
    place = _place(content.page or None, content.heading or None)
    return f"({place})\n{content.text}" if place else content.text


def _place(page: int | None, heading: str | None) -> str:
    return ", ".join([*([f"page {page}"] if page else []), *([heading] if heading else [])])
