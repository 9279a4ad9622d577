"""Draw the table of run statuses for the documentation, as picture and as rows; `--check` fails if they are stale.

Active statuses stand above, terminal ones below. What leads from one active status to another is an arrow with its
name; what ends a run is a line down to the status it ends in.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from threadkeep.engine.lifecycle import TERMINAL, TRANSITIONS, Transition

PICTURE: Final = Path(__file__).parent.parent / "docs/explanation/run-lifecycle.svg"
PAGE: Final = PICTURE.with_suffix(".md")
BEGIN: Final = "<!-- the table, from engine/lifecycle.py -->\n"
END: Final = "<!-- end of the table -->"

WIDTH, HEIGHT = 960, 470
BOX_WIDTH, BOX_HEIGHT = 150, 40
PLACES: Final = {
    "queued": (150, 70),
    "in_progress": (480, 70),
    "cancelling": (810, 70),
    "requires_action": (315, 190),
    "completed": (105, 400),
    "incomplete": (290, 400),
    "failed": (480, 400),
    "cancelled": (670, 400),
    "expired": (855, 400),
}
STYLE: Final = """
  text { font: 14px system-ui, sans-serif; text-anchor: middle; fill: #1d2733; }
  .label { font-size: 12px; fill: #4a5a6a; }
  .status { fill: #eef3f8; stroke: #5b7a99; stroke-width: 1.5; }
  .terminal { fill: #f6f1e7; stroke: #a08650; }
  .arrow { fill: none; stroke: #5b7a99; stroke-width: 1.5; marker-end: url(#head); }
  .end { fill: none; stroke: #a08650; stroke-opacity: .45; marker-end: url(#end-head); }
"""


def box(status: str) -> str:
    x, y = PLACES[status]
    kind = "status terminal" if status in TERMINAL else "status"
    corner = f'x="{x - BOX_WIDTH / 2}" y="{y - BOX_HEIGHT / 2}"'
    size = f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"'
    return f'<rect class="{kind}" {corner} {size}/><text x="{x}" y="{y + 5}">{status}</text>'


def arrow(transition: Transition, source: str) -> str:
    """From one active status to another: bowed, so that there and back lie side by side."""
    (x1, y1), (x2, y2) = PLACES[source], PLACES[transition.target]
    if y1 == y2:
        side = 1 if x2 > x1 else -1
        x1, x2 = x1 + side * BOX_WIDTH / 2, x2 - side * (BOX_WIDTH / 2 + 4)
        y1 = y2 = y1 - side * 8
        label_x, label_y = (x1 + x2) / 2, y1 - 6 if side > 0 else y1 + 16
    else:
        down = y2 > y1
        y1, y2 = y1 + (20 if down else -20), y2 - (24 if down else -24)
        x1, x2 = x1 - (30 if down else 40), x2 + (30 if down else 10)
        label_x, label_y = (x1 + x2) / 2 + (28 if down else -44), (y1 + y2) / 2 + 4
    line = f'<path class="arrow" d="M{x1} {y1} L{x2} {y2}"/>'
    return f'{line}<text class="label" x="{label_x}" y="{label_y}">{transition.name}</text>'


def end(transition: Transition, source: str) -> str:
    """From an active status down to a terminal one."""
    (x1, y1), (x2, y2) = PLACES[source], PLACES[transition.target]
    y1, y2 = y1 + BOX_HEIGHT / 2, y2 - BOX_HEIGHT / 2 - 4
    curve = f"M{x1} {y1} C{x1} {(y1 + y2) / 2 + 30} {x2} {(y1 + y2) / 2} {x2} {y2}"
    return f'<path class="end" d="{curve}"/>'


def caption(transition: Transition) -> str:
    x, y = PLACES[transition.target]
    return f'<text class="label" x="{x}" y="{y + 38}">{transition.name}</text>'


def drawn() -> str:
    ends = [t for t in TRANSITIONS if t.target in TERMINAL]
    moves = [t for t in TRANSITIONS if t.target not in TERMINAL]
    parts = [
        *(end(t, source) for t in ends for source in t.sources),
        *(arrow(t, source) for t in moves for source in t.sources),
        *(box(status) for status in PLACES),
        *(caption(t) for t in ends),
    ]
    marker = (
        '<marker id="{id}" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="{fill}"/></marker>'
    )
    heads = marker.format(id="head", fill="#5b7a99") + marker.format(id="end-head", fill="#a08650")
    label = "The statuses of a run and what leads from one to another"
    view = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {view}>',
            f"<defs>{heads}</defs><style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
            *parts,
            "</svg>\n",
        ]
    )


def page_with_table() -> str:
    """The page, with the rows of the table between its two marks."""
    rows = [
        f"| {t.name} | {', '.join(f'`{source}`' for source in t.sources)} | `{t.target}` | {t.trigger} |"
        for t in TRANSITIONS
    ]
    table = ["| what happens | from | to | when |", "| --- | --- | --- | --- |", *rows]
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    return head + BEGIN + "\n".join(["", *table, "", END]) + tail


def main(*, check: bool) -> int:
    stale = [
        (path, text)
        for path, text in ((PICTURE, drawn()), (PAGE, page_with_table()))
        if not path.exists() or path.read_text() != text
    ]
    for path, text in stale:
        if check:
            print(f"stale: {path.name}; run scripts/draw_lifecycle.py")
        else:
            path.write_text(text)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv))
