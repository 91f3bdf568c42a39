"""The place where programs meet imports none of them by itself."""

import subprocess
import sys


def test_nothing_of_the_node_is_imported_before_it_is_called() -> None:
    program = (
        "import sys, coterie.__main__;"
        "print([name for name in sys.modules if name.startswith(('coterie.node', 'coterie.core.engine', 'iroh'))])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, env={"PYTHONPATH": "src"}
    )
    assert ran.stdout == "[]\n", ran.stderr


def test_almost_nothing_is_imported_where_ctrl_c_would_show_a_traceback() -> None:
    program = "import sys; before = set(sys.modules); import coterie.__main__; print(sorted(set(sys.modules) - before))"
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", "import typing;" + program],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": "src"},
    )
    assert ran.stdout == "['coterie', 'coterie.__main__']\n", ran.stderr
