"""The import table of docs/architecture.md holds, and its contracts can fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture.repository import ROOT, SOURCE, imports, modules, name_of

CHECK = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CHECK, "--no-cache", "--no-logo", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_contracts_are_kept() -> None:
    result = lint(SOURCE)
    assert result.returncode == 0, result.stdout + result.stderr


VIOLATIONS = {
    "core/kernel/bad.py": ("import coterie.core.codec.tls", "The core's floors"),
    "core/mls/bad.py": ("import coterie.core.trust.objects", "The core's floors"),
    "core/engine/ports/bad.py": ("import coterie.core.mls.tree_math", "Ports know"),
    "core/crypto/bad.py": ("import sqlite3", "Never: stdlib sqlite3"),
    "adapters/vault/bad.py": ("import coterie.core.wire.frames", "The vault knows"),
    "adapters/peerlink/bad.py": ("import coterie.core.crypto.kdf", "Direct links know"),
    "api/bad.py": ("def f():\n    import coterie.core.codec.tls", "The local API knows"),
    "cli/bad.py": ("import coterie.node.driver", "Programs stand on"),
    "node/bad.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import coterie.testing.netns\nimport apsw, iroh",
        "apsw belongs to",
    ),
}


def test_the_contracts_notice_what_they_forbid(tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "coterie", tmp_path / "coterie")
    for name, (text, _) in VIOLATIONS.items():
        (tmp_path / "coterie" / name).write_text(text, encoding="utf-8")
    result = lint(tmp_path)
    assert result.returncode == 1
    broken = result.stdout[result.stdout.index("Broken contracts") :]
    for name, (_, contract) in VIOLATIONS.items():
        assert contract in broken, name
        assert "bad" in broken


def test_modules_are_imported_from_the_module_that_holds_them() -> None:
    """`from coterie.core.crypto import suites` says less than `from coterie.core.crypto.suites import suite`."""
    packages = {
        "coterie" + "".join(f".{part}" for part in path.relative_to(SOURCE / "coterie").parent.parts)
        for path in (SOURCE / "coterie").rglob("__init__.py")
    }
    found = [
        f"{name_of(path)}: {target}"
        for path in modules()
        for target in imports(path)
        if target.startswith("coterie.") and target in packages
    ]
    assert found == []
