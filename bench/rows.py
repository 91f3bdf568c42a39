"""A figure beside its floor and its target; the table and the file that a run leaves."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Target = Literal["floors", "value"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    `floor` is what the same work costs by direct calls of the libraries, in the same unit and the same run. `ratio`
    says how many times worse the value is (for rates the other way round, so that 1 is always perfect).
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


def measured(
    name: str,
    value: float,
    unit: str,
    floor: float | None = None,
    *,
    at_most: float | None = None,
    of: Target = "value",
) -> Row:
    """A cost: less is better. `at_most` bounds the value itself or, with `of="floors"`, its ratio to the floor."""
    ratio = value / floor if floor else None
    judged = ratio if of == "floors" else value
    target = "" if at_most is None else f"≤ {at_most:g} {'× floor' if of == 'floors' else unit}"
    met = None if at_most is None or judged is None else judged <= at_most
    return Row(name, value, unit, floor, ratio, target, met)


def rate(name: str, value: float, unit: str, floor: float | None = None, *, at_least: float | None = None) -> Row:
    """A rate: more is better."""
    ratio = floor / value if floor else None
    target = "" if at_least is None else f"≥ {at_least:g} {unit}"
    return Row(name, value, unit, floor, ratio, target, None if at_least is None else value >= at_least)


def table(rows: Sequence[Row]) -> str:
    """The rows as text, one a line, columns aligned."""
    lines = [("figure", "value", "unit", "floor", "ratio", "target", "")]
    lines += [
        (
            row.name,
            _number(row.value),
            row.unit,
            _number(row.floor),
            "" if row.ratio is None else f"{row.ratio:.2f}×",
            row.target,
            {None: "", True: "met", False: "MISSED"}[row.met],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(7)]
    right = (False, True, False, True, True, False, False)
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def write(rows: Sequence[Row], path: Path) -> None:
    """The rows as one JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}" if value < 100 else f"{value:.1f}"
