"""Each module has its own test file: `core/mls/tree_math.py` is tested by `unit/core/mls/test_tree_math.py`."""

from tests.architecture.repository import UNIT_TESTS, modules, name_of

PORTS = "Protocols and plain records: nothing in it runs by itself"
TESTED_ELSEWHERE: dict[str, str] = {
    "core/engine/ports/*": PORTS,
}
"""Module or folder/* -> why it has no test file of its own. The list only ever gets shorter."""


def excused(name: str) -> bool:
    return name in TESTED_ELSEWHERE or f"{name.rpartition('/')[0]}/*" in TESTED_ELSEWHERE


def expected(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/test_{file}".lstrip("/")


def test_every_module_has_its_own_test_file() -> None:
    names = [name_of(path) for path in modules()]
    missing = [name for name in names if not excused(name) and not (UNIT_TESTS / expected(name)).is_file()]
    assert missing == []


def test_every_unit_test_file_belongs_to_a_module() -> None:
    wanted = {expected(name_of(path)) for path in modules()}
    strangers = [
        path.relative_to(UNIT_TESTS).as_posix()
        for path in sorted(UNIT_TESTS.rglob("test_*.py"))
        if path.relative_to(UNIT_TESTS).as_posix() not in wanted
    ]
    assert strangers == []


def test_no_excuse_outlives_its_reason() -> None:
    names = [name_of(path) for path in modules()]
    for entry, reason in TESTED_ELSEWHERE.items():
        assert reason
        folder = entry.removesuffix("*")
        assert any(name == entry or (entry.endswith("*") and name.startswith(folder)) for name in names), entry
        assert entry.endswith("*") or not (UNIT_TESTS / expected(entry)).is_file(), entry
