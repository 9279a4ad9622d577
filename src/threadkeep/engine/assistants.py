"""Assistants: creating and changing them, with what the service fills in."""

from __future__ import annotations

import msgspec

from threadkeep.engine.changing import change
from threadkeep.engine.references import References
from threadkeep.engine.tool_resources import ToolResourcesKeeper
from threadkeep.errors import MissingError
from threadkeep.storage import Storage
from threadkeep.types import ids
from threadkeep.types.assistant import Assistant, AssistantCreate, AssistantUpdate
from threadkeep.types.clock import Clock
from threadkeep.types.ids import IdSource
from threadkeep.types.tool import CodeInterpreterTool, Tool, with_defaults
from threadkeep.types.tool_resources import CodeInterpreterResources, ToolResources


class Assistants:
    """The verbs of assistants."""

    def __init__(
        self,
        storage: Storage,
        references: References,
        resources: ToolResourcesKeeper,
        clock: Clock,
        source: IdSource,
    ) -> None:
        self._storage = storage
        self._references = references
        self._resources = resources
        self._clock = clock
        self._ids = source

    async def create(self, project: str, body: AssistantCreate) -> Assistant:
        """A new assistant. Raises `UnsupportedModelError`; `MissingError` if it names what is not there."""
        self._references.check_model(body.model)
        await self._references.check_tool_resources(project, body.tool_resources)
        blank = Assistant(id=self._ids.make(ids.ASSISTANT), created_at=int(self._clock.now()))
        resources = await self._resources.made(project, body.tool_resources)
        assistant = _updated(blank, body, resources)
        await self._storage.assistants.insert(project, assistant)
        return assistant

    async def update(self, project: str, assistant_id: str, body: AssistantUpdate) -> Assistant:
        """The assistant with what `body` gives; what it leaves out stays. Raises as `create` does."""
        if body.model is not msgspec.UNSET:
            self._references.check_model(body.model)
        await self._references.check_tool_resources(project, body.tool_resources)
        resources = await self._resources.made(project, body.tool_resources)
        assistants = self._storage.assistants
        return await change(
            lambda: assistants.find(project, assistant_id),
            lambda assistant, revision: assistants.update(project, assistant, revision),
            lambda assistant: _updated(assistant, body, resources),
            MissingError("assistant", assistant_id),
        )


_DEFAULTS = Assistant(id="")


def _updated(
    assistant: Assistant, body: AssistantCreate | AssistantUpdate, resources: ToolResources
) -> Assistant:
    """Given fields replace; null gives the field its default back. `resources` is what the body's come to."""
    changes = {
        name: getattr(_DEFAULTS, name) if value is None else value
        for name in body.__struct_fields__
        if (value := getattr(body, name)) is not msgspec.UNSET
    }
    if body.tools:
        changes["tools"] = [with_defaults(tool) for tool in body.tools]
    if "tool_resources" in changes:
        changes["tool_resources"] = resources
    updated = msgspec.structs.replace(assistant, **changes)
    resources = completed_resources(updated.tools, updated.tool_resources)
    return msgspec.structs.replace(updated, tool_resources=resources)


def completed_resources(tools: list[Tool], resources: ToolResources | None) -> ToolResources:
    """`resources` as they are echoed: the code interpreter always lists its files, if only none (contract §5.1)."""
    resources = resources or ToolResources()
    if not any(isinstance(tool, CodeInterpreterTool) for tool in tools):
        return resources
    listed = resources.code_interpreter or CodeInterpreterResources()
    if listed.file_ids is msgspec.UNSET:
        listed = CodeInterpreterResources(file_ids=[])
    return msgspec.structs.replace(resources, code_interpreter=listed)
