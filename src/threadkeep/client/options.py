"""What can be given to any call beside its own arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypedDict, cast

import msgspec

from threadkeep.transport import Timeout
from threadkeep.wire.assistants import AssistantCreateParameters, AssistantUpdateParameters
from threadkeep.wire.runs import RunParameters, ThreadRunParameters

NOT_GIVEN: Final = msgspec.UNSET
"""Stands for an argument that is not given: it is left out of the request, where None is null."""

TimeoutOption: TypeAlias = float | Timeout | None | msgspec.UnsetType
"""Seconds for each part of a call, or a `Timeout`; None waits for ever."""


class RequestOptions(TypedDict, total=False):
    """The last arguments of every method. They go before what the client has by default."""

    extra_headers: Mapping[str, str | msgspec.UnsetType] | None
    extra_query: Mapping[str, object] | None
    extra_body: Mapping[str, object] | None
    timeout: TimeoutOption


class RunArguments(RunParameters, RequestOptions, total=False):
    """The arguments of `runs.create` and its kin."""


class ThreadRunArguments(ThreadRunParameters, RequestOptions, total=False):
    """The arguments of `threads.create_and_run` and its kin."""


class AssistantCreateArguments(AssistantCreateParameters, RequestOptions, total=False):
    """The arguments of `assistants.create`."""


class AssistantUpdateArguments(AssistantUpdateParameters, RequestOptions, total=False):
    """The arguments of `assistants.update`."""


def split_options(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], RequestOptions]:
    """A call's own arguments, and its options."""
    fields = dict(arguments)
    names = RequestOptions.__annotations__.keys() & fields.keys()
    options = {name: fields.pop(name) for name in names}
    return fields, cast("RequestOptions", options)


def to_timeout(option: float | Timeout | None) -> Timeout:
    """The limits that `option` stands for."""
    return option if isinstance(option, Timeout) else Timeout(connect=option, read=option)
