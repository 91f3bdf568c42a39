"""The command: counts, lines and exit codes."""

import errno
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coterie.testing.mls_vector_tools import MismatchError
from coterie.testing.mls_vectors import KINDS, kind_of, main, run_case

DATA = Path(__file__).parents[2] / "vectors" / "data" / "mls"


def write(folder: Path, cases: object) -> str:
    path = folder / "cases.json"
    path.write_text(json.dumps(cases), "utf-8")
    return str(path)


def test_good_files_end_with_their_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DATA / "tree-math.json"), str(DATA / "deserialization.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "19 passed, 0 failed, 0 skipped"
    assert lines[0] == "tree-math.json[0] tree-math: passed"
    assert len(lines) == 20


def test_a_mismatch_fails_and_a_foreign_suite_is_skipped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cases = [
        {"vlbytes_header": "00", "length": 0},
        {"vlbytes_header": "00", "length": 1},
        {"vlbytes_header": "4000", "length": 0},
        {"cipher_suite": 5, "psks": [], "psk_secret": ""},
    ]
    assert main([write(tmp_path, cases)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "cases.json[1] deserialization: failed (length differs)"
    assert lines[2].startswith("cases.json[2] deserialization: failed (malformed: ")
    assert lines[3] == "cases.json[3] psk_secret suite 5: skipped (ciphersuite 0x0005 is not supported)"
    assert lines[4] == "1 passed, 2 failed, 1 skipped"


def test_what_is_no_vector_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path, [{"strange": 1}, 7, {"psk_secret": "", "cipher_suite": 1}])]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 3 failed, 0 skipped"


TWICE = '[{"vlbytes_header": "00", "length": 1, "length": 0}]'


@pytest.mark.parametrize("text", ["", "no json", '{"not": "a list"}', "[" * 100_000, "[\xff]", TWICE, "[1] 2"])
def test_a_file_that_cannot_be_read_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text, "latin-1")
    assert main([str(path), str(DATA / "deserialization.json")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cases.json: failed (")
    assert lines[-1].endswith(" passed, 1 failed, 0 skipped")


@pytest.mark.parametrize("name", ["two\nlines.json", "odd\udcff.json", "schön.json"])
def test_any_file_name_makes_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    path = tmp_path / name
    path.write_text('[{"vlbytes_header": "00", "length": 0}]', "utf-8")
    assert main([str(path), str(path) + "x"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.isascii() for line in lines)


def test_a_missing_file_a_folder_and_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "absent.json"), str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 2 failed, 0 skipped"
    assert main([]) == 2


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = json.loads((DATA / "crypto-basics.json").read_text("utf-8"))[0]
    del case["ref_hash"]
    assert main([write(tmp_path, [case])]) == 1
    assert capsys.readouterr().out.splitlines()[0].endswith(" failed (ref_hash is missing)")


class Refusing(io.StringIO):
    """A reader that has gone, or a full disk."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


def test_a_reader_that_has_seen_enough_makes_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Refusing())
    assert main([str(DATA / "deserialization.json")]) == 1
    assert capsys.readouterr().err == "not all of it could be written: Broken pipe\n"


def test_a_case_has_one_line_whatever_is_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path, [{"cipher_suite": "1\n9 passed, 0 failed, 0 skipped", "psk_secret": ""}])]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_every_file_of_the_selection_is_of_the_kind_of_its_name() -> None:
    for path in sorted(DATA.glob("*.json")):
        for case in json.loads(path.read_text("utf-8")):
            assert path.stem.startswith(kind_of(case)[0])
    assert len({name for name, _, _ in KINDS}) == len(KINDS)
    with pytest.raises(MismatchError):
        kind_of([])


def test_a_changed_case_of_every_file_fails() -> None:
    for path in sorted(DATA.glob("*.json")):
        case = json.loads(path.read_text("utf-8"))[-1]
        assert run_case(case)[1] == "passed"
        assert run_case(spoiled(case))[1] == "failed", path.name


def spoiled(case: dict[str, object]) -> dict[str, object]:
    """The case with one character of one value changed."""
    text = json.dumps(case)
    field = {
        "n_leaves": '"root": ',
        "vlbytes_header": '"length": ',
        "update_paths": '"commit_secret": "',
        "initial_epoch_authenticator": '"initial_epoch_authenticator": "',
        "resolutions": '"tree_hashes": ["',
        "signer_pub": '"signer_pub": "',
        "application_priv": '"commit_priv": "00010002',
        "mls_key_package": '"commit": "',
        "sender_data": '"key": "',
        "psk_secret": '"psk_secret": "',
        "proposal_sender": '"tree_hash_after": "',
        "derive_tree_secret": '"out": "',
        "authenticated_content": '"confirmed_transcript_hash_after": "',
        "initial_init_secret": '"welcome_secret": "',
    }
    needle = next(value for key, value in field.items() if key in case)
    place = text.index(needle) + len(needle)
    changed = "1" if text[place] != "1" else "2"
    found: dict[str, object] = json.loads(text[:place] + changed + text[place + 1 :])
    return found


def fields(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every value in a case that is neither a list nor an object, with its place."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from fields(inner, (*path, key))
    else:
        yield path, value


def changed(case: object, path: tuple[str | int, ...]) -> object:
    """The case with one byte (a third into it) or number changed at a place."""
    copy = whole = json.loads(json.dumps({"case": case}))
    *way, last = ("case", *path)
    for key in way:
        copy = copy[key]
    old = copy[last]
    if isinstance(old, str):
        place = len(old) // 3 // 2 * 2
        copy[last] = old[:place] + ("1" if old[place : place + 1] != "1" else "2") + old[place + 1 :]
    else:
        copy[last] = 0 if old is None else old + 1
    return whole["case"]


UNBOUND = {"cipher_suite", "proposal_sender"}
"""A suite may be one that we do not have; an Add or a Remove is the same from every member."""


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_every_field_counts(path: Path) -> None:
    """The kind `messages` has nothing by which its contents could be judged, so it stands aside."""
    if path.stem == "messages":
        return
    case = json.loads(path.read_text("utf-8"))[-1]
    for place, _ in fields(case):
        if place[-1] not in UNBOUND:
            assert run_case(changed(case, place))[1] == "failed", place


def replaced(case: object, path: tuple[str | int, ...], value: object) -> object:
    """The case with another value at a place."""
    copy = whole = json.loads(json.dumps({"case": case}))
    *way, last = ("case", *path)
    for key in way:
        copy = copy[key]
    copy[last] = value
    return whole["case"]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_no_value_stands_for_another_of_a_like_kind(path: Path) -> None:
    """Python takes true for 1, 1.0 for 1, spaces in hex, and goes through an object as through a list."""
    case = json.loads(path.read_text("utf-8"))[-1]
    for place, value in fields(case):
        if type(value) is int:
            others: list[object] = [float(value), bool(value), str(value)]
        elif isinstance(value, str) and value and place[-1] != "label":
            others = [value[:2] + " " + value[2:], value + " ", value[:-1]]
        else:
            continue
        for other in others:
            assert run_case(replaced(case, place, other))[1] == "failed", (place, other)


@pytest.mark.parametrize(
    ("name", "field"),
    [("key-schedule", "epochs"), ("secret-tree", "leaves"), ("treekem", "update_paths"), ("treekem", "leaves_private")],
)
@pytest.mark.parametrize("value", [[], {}, "", None])
def test_a_case_that_checks_nothing_does_not_pass(name: str, field: str, value: object) -> None:
    case = json.loads((DATA / f"{name}.json").read_text("utf-8"))[-1]
    assert run_case(replaced(case, (field,), value))[1] == "failed"


def test_a_leaf_without_generations_checks_nothing() -> None:
    case = json.loads((DATA / "secret-tree.json").read_text("utf-8"))[-1]
    assert run_case(replaced(case, ("leaves", 0), []))[1] == "failed"


def test_a_tree_beside_the_welcome_is_the_tree_of_the_group() -> None:
    """The Welcome carries one, so it would not be needed, but what the case says must be true."""
    for name in ("passive-client-welcome", "passive-client-handling-commit"):
        for case in json.loads((DATA / f"{name}.json").read_text("utf-8")):
            if case.get("ratchet_tree") is None:
                for wrong in ("", "00", "0100"):
                    assert run_case(replaced(case, ("ratchet_tree",), wrong))[1] != "passed"


def test_keys_of_another_suite_fail_where_only_the_hash_counts() -> None:
    for case in json.loads((DATA / "tree-operations.json").read_text("utf-8")):
        assert run_case({**case, "cipher_suite": 2})[1] == "failed"
