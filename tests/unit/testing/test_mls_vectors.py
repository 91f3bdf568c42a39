"""The command: counts, lines and exit codes."""

import json
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


def test_what_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([write(tmp_path, {"not": "a list"}), str(tmp_path / "absent.json")]) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"
    assert main([]) == 2


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
