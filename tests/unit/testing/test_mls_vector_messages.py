"""Checks of messages notice what differs (good cases: tests/vectors)."""

import json
from pathlib import Path

import pytest

from coterie.core.kernel.errors import PeerError
from coterie.testing.mls_vector_messages import check_message_protection, check_messages, check_welcome
from coterie.testing.mls_vector_tools import Case, MismatchError

DATA = Path(__file__).parents[2] / "vectors" / "data" / "mls"


def case(name: str) -> Case:
    found: Case = json.loads((DATA / f"{name}.json").read_text("utf-8"))[0]
    return found


def test_messages() -> None:
    good = case("messages")
    check_messages(good)
    with pytest.raises(PeerError):
        check_messages({**good, "remove_proposal": "00"})
    with pytest.raises(MismatchError, match="strange"):
        check_messages({**good, "strange": "00"})
    with pytest.raises(MismatchError, match="commit is missing"):
        check_messages({name: value for name, value in good.items() if name != "commit"})


def test_messages_of_another_kind_than_their_field_says() -> None:
    good = case("messages")
    with pytest.raises(MismatchError, match="not a Welcome"):
        check_messages({**good, "mls_welcome": good["mls_key_package"]})
    with pytest.raises(MismatchError, match="content type"):
        check_messages({**good, "public_message_commit": good["public_message_proposal"]})


def test_message_protection() -> None:
    good = case("message-protection")
    with pytest.raises(MismatchError, match="proposal_priv"):
        check_message_protection({**good, "proposal": "000300000009"})
    with pytest.raises(PeerError):
        check_message_protection({**good, "membership_key": "00" * 32})
    with pytest.raises(MismatchError, match="not a PrivateMessage"):
        check_message_protection({**good, "application_priv": good["commit_pub"]})
    with pytest.raises(MismatchError, match="not a PublicMessage"):
        check_message_protection({**good, "proposal_pub": good["proposal_priv"]})


def test_welcome() -> None:
    good = case("welcome")
    with pytest.raises(PeerError):
        check_welcome({**good, "init_priv": "01" * 32})
    with pytest.raises(MismatchError, match="another message"):
        check_welcome({**good, "welcome": good["key_package"]})
    with pytest.raises(MismatchError, match="cipher_suite"):
        check_welcome({**good, "cipher_suite": 5})
