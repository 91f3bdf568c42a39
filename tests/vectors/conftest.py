"""Where vectors come from: the selection that is kept here, and the full sets where they are present."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SELECTION = Path(__file__).parent / "data"
FULL = Path(os.environ.get("COTERIE_SHARED") or Path(__file__).parents[3] / "shared") / "vectors"

Load = Callable[[str], Any]


@pytest.fixture(params=["selection", "full"])
def load(request: pytest.FixtureRequest) -> Load:
    """Reads one JSON file, by its name inside the vector folder, of either set."""
    root = SELECTION if request.param == "selection" else FULL

    def read(name: str) -> Any:
        path = root / name
        if not path.is_file():
            pytest.skip(f"no {name} under {root}; point COTERIE_SHARED at the folder that holds vectors/")
        return json.loads(path.read_text("utf-8"))

    return read
