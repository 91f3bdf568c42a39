"""Checks of passive clients notice what differs (good cases: tests/vectors)."""

import json
from pathlib import Path

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.testing.mls_vector_clients import check_passive_client
from coterie.testing.mls_vector_tools import Case, MismatchError, SkippedError

DATA = Path(__file__).parents[2] / "vectors" / "data" / "mls"


@pytest.fixture
def good() -> Case:
    found: Case = json.loads((DATA / "passive-client-handling-commit.json").read_text("utf-8"))[0]
    return found


def test_authenticators(good: Case) -> None:
    check_passive_client(good)
    with pytest.raises(MismatchError, match="initial_epoch_authenticator"):
        check_passive_client({**good, "initial_epoch_authenticator": "00"})
    epochs = [{**good["epochs"][0], "epoch_authenticator": "00"}]
    with pytest.raises(MismatchError, match="epoch 0"):
        check_passive_client({**good, "epochs": epochs})


def test_private_keys_that_belong_to_another_package(good: Case) -> None:
    with pytest.raises(MismatchError, match="signature_priv"):
        check_passive_client({**good, "signature_priv": "01" * 32})
    for field in ("init_priv", "encryption_priv"):
        with pytest.raises(PeerError):
            check_passive_client({**good, field: "01" * 32})


def test_missing_proposals_are_a_failure(good: Case) -> None:
    cases = json.loads((DATA / "passive-client-handling-commit.json").read_text("utf-8"))
    by_reference = next(case for case in cases if any(epoch["proposals"] for epoch in case["epochs"]))
    epochs = [{**epoch, "proposals": []} for epoch in by_reference["epochs"]]
    with pytest.raises(PeerError) as caught:
        check_passive_client({**by_reference, "epochs": epochs})
    assert caught.value.code == "unknown-proposal"


def test_features_of_later_issues_are_skipped_by_name(good: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PeerError("external-sender-not-allowed", "no")

    monkeypatch.setattr("coterie.testing.mls_vector_clients.join", refuse)
    with pytest.raises(SkippedError, match="external senders"):
        check_passive_client(good)
