"""Which chat model a request goes to: by the name that it asks for, and on to the next when one fails."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import msgspec

from threadkeep.errors import (
    ChatModelError,
    ChatModelRateLimitError,
    ChatModelUnavailableError,
)
from threadkeep.inference import ChatChunk, ChatModel, ChatRequest
from threadkeep.inference.constrained_tools import ConstrainedTools
from threadkeep.inference.search_first import SearchFirst
from threadkeep.settings import FileSearchStyle, RouteSettings, ToolCallStyle
from threadkeep.types.model import Model

logger = logging.getLogger(__name__)

THREE_WAYS: Final = (
    "There are three ways to get one: start a model server such as Ollama on this machine; set"
    " THREADKEEP_UPSTREAM_URL (and THREADKEEP_UPSTREAM_API_KEY) to a server that speaks"
    " /chat/completions; or run `pip install 'threadkeep[local]'` and `threadkeep models pull"
    " smollm2-135m` for a small model on this CPU. Then restart the server."
    " `threadkeep doctor` shows what was looked for."
)


class Upstream(msgspec.Struct, frozen=True):
    """A chat model under the name that routes call it by."""

    chat_model: ChatModel
    tool_calls: ToolCallStyle = "native"
    file_search: FileSearchStyle = "called"

    def reached_by(self, route: RouteSettings) -> Upstream:
        """With what the route says in place of what the upstream does."""
        return msgspec.structs.replace(
            self,
            tool_calls=route.tool_calls or self.tool_calls,
            file_search=route.file_search or self.file_search,
        )

    def equipped(self) -> ChatModel:
        """The chat model with all that it needs to use tools."""
        is_constrained = self.tool_calls == "constrained"
        chat_model = ConstrainedTools(self.chat_model) if is_constrained else self.chat_model
        return SearchFirst(chat_model) if self.file_search == "first" else chat_model


class _Target(msgspec.Struct, frozen=True):
    upstream: str
    chat_model: ChatModel
    model: str

    def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        """Its reply to the request, under the name by which it knows the model."""
        return self.chat_model.stream(msgspec.structs.replace(request, model=self.model))


class RoutedChatModel:
    """Gives each request to the upstream of the first route whose pattern matches its model.

    If that upstream is unavailable or out of quota before it has said anything, the fallbacks of
    the route are asked, in their order.
    """

    def __init__(self, upstreams: Mapping[str, Upstream], routes: Sequence[RouteSettings]) -> None:
        self._upstreams = upstreams
        self._routes = [(_matcher(route.pattern), route) for route in routes]
        self._targets: dict[str, list[_Target]] = {}

    def stream(self, request: ChatRequest) -> AsyncGenerator[list[ChatChunk], None]:
        """The reply of the first target that gives one. Raises `ChatModelError`."""
        targets = self._targets_of(request.model)
        if len(targets) == 1:  # nothing stands between the target and who listens
            return targets[0].stream(request)
        return _first_reply(targets, request)

    def takes(self, model: str) -> bool:
        """Whether a route leads on from this name. Where there is no route at all, any: one may be set up later."""
        return not self._routes or self._route_of(model) is not None

    async def models(self) -> list[Model]:
        """The names that routes spell out, then what the upstreams list; those out of reach list nothing."""
        listed: dict[str, Model] = {}
        for route in (route for _, route in self._routes if not _is_open(route.pattern)):
            listed.setdefault(route.pattern, Model(id=route.pattern, owned_by=route.upstream))
        for models in await asyncio.gather(*map(_models_of, self._upstreams.values())):
            for model in models:
                listed.setdefault(model.id, model)
        return list(listed.values())

    async def context_tokens(self, model: str) -> int | None:
        """The smallest of all targets, so that a fallback can take what the first one could."""
        try:
            targets = self._targets_of(model)
        except ChatModelUnavailableError:
            return None
        sizes = [await target.chat_model.context_tokens(target.model) for target in targets]
        return min([size for size in sizes if size is not None], default=None)

    def _targets_of(self, model: str) -> list[_Target]:
        targets = self._targets.get(model)
        if targets is None:
            route = self._route_of(model)
            if route is None:
                raise ChatModelUnavailableError(self._no_route(model))
            targets = self._resolved(route, model)
            if len(self._targets) < _NAMES_REMEMBERED:  # names come from users
                self._targets[model] = targets
        return targets

    def _route_of(self, model: str) -> RouteSettings | None:
        return next((route for matches, route in self._routes if matches.fullmatch(model)), None)

    def _resolved(self, route: RouteSettings, model: str) -> list[_Target]:
        """The route's own upstream, then its fallbacks; a model that is not named stays as before."""
        name = route.model or model
        upstream = self._upstreams[route.upstream].reached_by(route)
        targets = [_Target(route.upstream, upstream.equipped(), name)]
        for fallback in route.fallbacks:
            name = fallback.model or name
            chat_model = self._upstreams[fallback.upstream].equipped()
            targets.append(_Target(fallback.upstream, chat_model, name))
        return targets

    def _no_route(self, model: str) -> str:
        if not self._routes:
            return f"There is no chat model for '{model}'. {THREE_WAYS}"
        return (
            f"No route leads from the model '{model}' to a chat model. Add one for it, or one with"
            ' pattern = "*" for all names, to the settings. `threadkeep doctor` shows the routes.'
        )


_NAMES_REMEMBERED: Final = 10_000


async def _first_reply(
    targets: Sequence[_Target], request: ChatRequest
) -> AsyncGenerator[list[ChatChunk], None]:
    failures: list[ChatModelError] = []
    for target in targets:
        has_begun = False
        try:
            async with aclosing(target.stream(request)) as reply:
                async for chunks in reply:
                    has_begun = True
                    yield chunks
        except (ChatModelUnavailableError, ChatModelRateLimitError) as error:
            if has_begun:
                raise
            logger.warning("%s by %s: %s", target.model, target.upstream, error)
            failures.append(error)
        else:
            return
    raise _together(failures) from failures[-1]


def _matcher(pattern: str) -> re.Pattern[str]:
    """`*` stands for any characters, `?` for one; all else for itself."""
    parts = ({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _is_open(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


async def _models_of(upstream: Upstream) -> list[Model]:
    try:
        return await upstream.chat_model.models()
    except ChatModelError as error:
        logger.info("no models listed: %s", error)
        return []


def _together(failures: Sequence[ChatModelError]) -> ChatModelError:
    """One error for all targets, of the kind of the first, which is the one that was asked for."""
    return type(failures[0])(" ".join(dict.fromkeys(map(str, failures))))
