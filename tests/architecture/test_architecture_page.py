"""docs/architecture.md names modules, functions and classes that are there, and the engine's floors as they are built."""

import re

import pytest

from tests.architecture.repository import PACKAGE, ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALK = re.findall(r"^\| `([\w/]+\.py)` \| .* \| `(\w+)` \|$", PAGE, re.MULTILINE)
OWNERS = re.findall(r"^\| `(\w+)` \| `([\w/]+\.py)` \|", PAGE, re.MULTILINE)


def defines(path: str, name: str) -> bool:
    text = (PACKAGE / path).read_text(encoding="utf-8")
    return re.search(rf"^\s*(?:async )?(?:def|class) {name}\b|^{name}\b", text, re.MULTILINE) is not None


def test_the_walk_is_told_in_names() -> None:
    assert len(WALK) > 20
    assert len(OWNERS) > 10


@pytest.mark.parametrize(("path", "name"), [*WALK, *((path, name) for name, path in OWNERS)])
def test_what_is_named_is_there(path: str, name: str) -> None:
    assert defines(path, name)


def test_every_module_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)+\w+\.py)`", PAGE))
    assert [path for path in sorted(named) if not (PACKAGE / path).is_file()] == []


def test_the_floors_are_those_of_the_contract() -> None:
    told = re.findall(r"^\| `core/engine/(\w+)` \|", PAGE, re.MULTILINE)
    layers = re.search(
        r'containers = \["coterie.core.engine"\]\nlayers = \[(.*)\]', (ROOT / "pyproject.toml").read_text()
    )
    assert layers is not None
    built = [floor for floor in re.findall(r'"(\w+)"', layers[1]) if (PACKAGE / "core" / "engine" / floor).is_dir()]
    assert told == built[::-1]
