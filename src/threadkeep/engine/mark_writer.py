"""How citations stand in the text of a message: as the model is told of them, as footnotes, or not at all. Pure."""

from __future__ import annotations

from threadkeep.settings import MarkStyle
from threadkeep.tools import Citation


class MarkWriter:
    """The marks of one message. Footnotes are numbered as they come; one place in a file has one number."""

    def __init__(self, style: MarkStyle, *, lists_footnotes: bool) -> None:
        self._style: MarkStyle = style
        self._lists_footnotes = lists_footnotes
        self._numbers: dict[tuple[str, str], int] = {}
        self._listed = 0

    def mark(self, citation: Citation) -> str:
        """What stands in the text for the citation."""
        match self._style:
            case "hosted":
                return citation.mark
            case "footnotes":
                place = (citation.file_citation.file_id, citation.source)
                return f"[{self._numbers.setdefault(place, len(self._numbers) + 1)}]"
            case "none":
                return ""

    def footnotes(self) -> str:
        """The end of a text: a list of the footnotes that were not listed yet."""
        places = [*self._numbers.items()][self._listed :] if self._lists_footnotes else []
        self._listed += len(places)
        lines = [f"[{number}] {source}" for (_, source), number in places]
        return "\n\n" + "\n".join(lines) if lines else ""
