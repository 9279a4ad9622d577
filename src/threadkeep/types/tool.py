"""Tools: what a model may call, and how it is told to choose."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

import msgspec

from threadkeep.types.rule import missing
from threadkeep.types.unknown import Unknown

FUNCTION_NAME_PATTERN: Final = r"^[a-zA-Z0-9_-]+$"


class CodeInterpreterTool(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="code_interpreter"
):
    """Lets the model run Python code."""

    type: ClassVar[Literal["code_interpreter"]] = "code_interpreter"


class HybridSearch(msgspec.Struct, frozen=True, kw_only=True):
    """How much vectors and keywords count in a search."""

    embedding_weight: float
    text_weight: float


class RankingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How search results are ranked, and from which score (0 to 1) on they are kept."""

    ranker: str = "default_2024_08_21"
    score_threshold: float = 0.0
    hybrid_search: HybridSearch | None | msgspec.UnsetType = msgspec.UNSET


class FileSearchOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Overrides for the file search tool."""

    max_num_results: int | msgspec.UnsetType = msgspec.UNSET
    ranking_options: RankingOptions | msgspec.UnsetType = msgspec.UNSET


class FileSearchTool(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file_search"
):
    """Lets the model search the files of vector stores."""

    type: ClassVar[Literal["file_search"]] = "file_search"
    file_search: FileSearchOptions | msgspec.UnsetType = msgspec.UNSET


class FunctionDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A function that the caller of the API runs; `parameters` is a JSON schema."""

    name: str
    description: str | None | msgspec.UnsetType = msgspec.UNSET
    parameters: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    strict: bool | None | msgspec.UnsetType = msgspec.UNSET


class FunctionTool(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """Lets the model ask for a call of one function."""

    type: ClassVar[Literal["function"]] = "function"
    function: FunctionDefinition


Tool: TypeAlias = CodeInterpreterTool | FileSearchTool | FunctionTool | Unknown


class FunctionName(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a function."""

    name: str


class NamedToolChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Forces one tool: `type` is `function` (with `function`), `file_search` or `code_interpreter`."""

    type: str
    function: FunctionName | msgspec.UnsetType = msgspec.UNSET


ToolChoice: TypeAlias = str | NamedToolChoice
"""`"none"`, `"auto"`, `"required"`, or the tool to call."""


class HybridSearchInput(HybridSearch, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much vectors and keywords are to count in a search."""

    embedding_weight: Annotated[float, msgspec.Meta(ge=0, le=1)]
    text_weight: Annotated[float, msgspec.Meta(ge=0, le=1)]


class RankingOptionsInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How search results are to be ranked."""

    ranker: Literal["auto", "default_2024_08_21"] = "auto"
    score_threshold: Annotated[float, msgspec.Meta(ge=0, le=1)]
    hybrid_search: HybridSearchInput | None = None


class FileSearchOptionsInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Overrides for the file search tool, as a caller sends them."""

    max_num_results: Annotated[int, msgspec.Meta(ge=1, le=50)] | msgspec.UnsetType = msgspec.UNSET
    ranking_options: RankingOptionsInput | msgspec.UnsetType = msgspec.UNSET


class FileSearchToolInput(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag="file_search",
    forbid_unknown_fields=True,
):
    """The file search tool, as a caller sends it."""

    type: ClassVar[Literal["file_search"]] = "file_search"
    file_search: FileSearchOptionsInput | msgspec.UnsetType = msgspec.UNSET


class FunctionDefinitionInput(
    FunctionDefinition, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A function, as a caller sends it."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=FUNCTION_NAME_PATTERN)]


class FunctionToolInput(FunctionTool, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A function tool, as a caller sends it."""

    function: FunctionDefinitionInput


ToolInput: TypeAlias = CodeInterpreterTool | FileSearchToolInput | FunctionToolInput


class FunctionNameInput(FunctionName, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The name of a function, as a caller sends it."""


class NamedToolChoiceInput(NamedToolChoice, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Forces one tool, as a caller asks for it."""

    type: Literal["function", "file_search", "code_interpreter"]
    function: FunctionNameInput | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if self.type == "function" and not self.function:
            raise missing("function")


ToolChoiceInput: TypeAlias = Literal["none", "auto", "required"] | NamedToolChoiceInput


def with_defaults(tool: ToolInput) -> Tool:
    """`tool` as the service stores it: what the caller left out is filled in (contract §5.1)."""
    match tool:
        case FunctionToolInput(function=function):
            return FunctionTool(function=_function_with_defaults(function))
        case FileSearchToolInput(file_search=options):
            return FileSearchTool(file_search=_search_with_defaults(options))
        case CodeInterpreterTool():
            return tool


def _function_with_defaults(function: FunctionDefinitionInput) -> FunctionDefinition:
    parameters = function.parameters
    if parameters is msgspec.UNSET:
        parameters = dict[str, Any](type="object", properties={})
    return FunctionDefinition(
        name=function.name,
        description=function.description,
        parameters=parameters,
        strict=bool(function.strict),
    )


def _search_with_defaults(options: FileSearchOptionsInput | msgspec.UnsetType) -> FileSearchOptions:
    options = options or FileSearchOptionsInput()
    ranking = RankingOptions(hybrid_search=None)
    if asked := options.ranking_options:  # `auto` is the one ranker there is
        ranking = RankingOptions(
            score_threshold=asked.score_threshold, hybrid_search=asked.hybrid_search
        )
    return FileSearchOptions(max_num_results=options.max_num_results, ranking_options=ranking)
