"""The record of doctor."""

import json

from coterie.api.checks import Check
from coterie.api.codec import encode_record


def test_its_fields() -> None:
    check = Check(check="disk", level="ok", detail="much", fix="")
    assert json.loads(encode_record(check)) == {
        "schema": "doctor/1",
        "check": "disk",
        "level": "ok",
        "detail": "much",
        "fix": "",
    }
