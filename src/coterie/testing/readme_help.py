"""`python -m coterie.testing.readme_help README.md`: puts what `coterie --help` says between its two marks."""

import os
import subprocess
import sys
from pathlib import Path

BEGIN = "<!-- coterie --help -->\n"
END = "<!-- end -->\n"


def help_text() -> str:
    """What `coterie --help` prints on a terminal of 100 columns."""
    result = subprocess.run(
        [sys.executable, "-m", "coterie", "--help"],
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line.rstrip() for line in result.stdout.strip().splitlines()) + "\n"


def with_help(page: str, text: str) -> str:
    """The page with `text` between the marks; raises ValueError when they are not there exactly once."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError("the page has not exactly one place for the help text")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}```text\n{text}```\n{END}{after}"


if __name__ == "__main__":
    place = Path(sys.argv[1])
    place.write_text(with_help(place.read_text(encoding="utf-8"), help_text()), encoding="utf-8")
