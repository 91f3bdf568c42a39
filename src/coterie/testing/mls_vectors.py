"""`python -m coterie.testing.mls_vectors FILE…`: checks files in the formats of the MLS working group.

The formats are those of `test-vectors.md` in mlswg/mls-implementations; the kind of a case is seen from its
fields, so a file may have any name. One line a case, at the end the counts; exit 1 if a case failed. A file that
cannot be read counts as one failed case. A case is skipped only for a suite or a feature that is named on its line.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from coterie.cli.output import discard
from coterie.core.kernel.errors import CoterieError
from coterie.testing.mls_vector_clients import check_passive_client
from coterie.testing.mls_vector_keys import (
    check_crypto_basics,
    check_deserialization,
    check_key_schedule,
    check_psk_secret,
    check_secret_tree,
    check_transcript_hashes,
    check_tree_math,
)
from coterie.testing.mls_vector_messages import check_message_protection, check_messages, check_welcome
from coterie.testing.mls_vector_tools import Case, MismatchError, SkippedError
from coterie.testing.mls_vector_trees import check_tree_operations, check_tree_validation, check_treekem

Check = Callable[[Case], None]

KINDS: tuple[tuple[str, str, Check], ...] = (
    ("passive-client", "initial_epoch_authenticator", check_passive_client),
    ("tree-math", "n_leaves", check_tree_math),
    ("crypto-basics", "derive_tree_secret", check_crypto_basics),
    ("deserialization", "vlbytes_header", check_deserialization),
    ("key-schedule", "initial_init_secret", check_key_schedule),
    ("psk_secret", "psk_secret", check_psk_secret),
    ("secret-tree", "sender_data", check_secret_tree),
    ("transcript-hashes", "authenticated_content", check_transcript_hashes),
    ("tree-validation", "resolutions", check_tree_validation),
    ("tree-operations", "proposal_sender", check_tree_operations),
    ("treekem", "update_paths", check_treekem),
    ("messages", "mls_key_package", check_messages),
    ("message-protection", "application_priv", check_message_protection),
    ("welcome", "signer_pub", check_welcome),
)
"""(name, field that only this kind has, check)."""


def kind_of(case: object) -> tuple[str, Check]:
    """Name and check of a case; MismatchError if it is of no known kind."""
    if isinstance(case, dict):
        for name, field, check in KINDS:
            if field in case:
                return name, check
    raise MismatchError("not a case of any known format")


def run_case(case: object) -> tuple[str, str, str]:
    """(kind, "passed" | "failed" | "skipped", reason) of one case."""
    name = "unknown"
    try:
        name, check = kind_of(case)
        if isinstance(case, dict):
            check(case)
    except SkippedError as skipped:
        return name, "skipped", str(skipped)
    except MismatchError as mismatch:
        return name, "failed", str(mismatch)
    except CoterieError as error:
        return name, "failed", f"{error.code}: {error.message}"
    except KeyError as error:
        field = str(error.args[0]) if error.args else ""
        return name, "failed", f"{field} is missing" if field.isidentifier() else "KeyError while checking"
    except Exception as error:  # noqa: BLE001  whatever escapes is a failed case, not the end of the run
        return name, "failed", f"{type(error).__name__} while checking"
    return name, "passed", ""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object. Of a name that stands twice Python would keep the last value, and check half of what is said."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def read_cases(path: Path) -> list[object]:
    """The cases of a file; ValueError or OSError if it is not a JSON list of cases with each name once."""
    try:
        cases = json.loads(path.read_text("utf-8"), object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(cases, list):
        raise ValueError("not a list of cases")
    return cases


def _shown(name: str) -> str:
    """A file's name as a part of one line, in letters that every terminal takes."""
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in name)


def run_file(path: Path) -> Iterator[tuple[str, str]]:
    """(result, line) of every case of a file, or of the file as a whole if it has none that could be read."""
    try:
        cases = read_cases(path)
    except (OSError, ValueError) as error:
        yield "failed", f"{_shown(path.name)}: failed ({type(error).__name__}: cannot be read as vectors)"
        return
    for number, case in enumerate(cases):
        kind, result, reason = run_case(case)
        suite = case.get("cipher_suite") if isinstance(case, dict) else None
        where = f"{_shown(path.name)}[{number}] {kind}" + (f" suite {suite}" if isinstance(suite, int) else "")
        yield result, f"{where}: {result}" + (f" ({reason})" if reason else "")


def main(arguments: list[str]) -> int:
    """Runs all files; the exit code."""
    if not arguments:
        print("usage: python -m coterie.testing.mls_vectors FILE…", file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    try:
        for argument in arguments:
            for result, line in run_file(Path(argument)):
                counts[result] += 1
                print(line)
        print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    except OSError as problem:  # of writing: whoever has read enough of it, or a full disk
        discard(sys.stdout)
        print(f"not all of it could be written: {problem.strerror}", file=sys.stderr)
        return 1
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
