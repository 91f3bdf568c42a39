"""Checks of passive clients notice what differs (good cases: tests/vectors)."""

import json
from pathlib import Path

import pytest

from coterie.core.codec.tls import Writer, opaque
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.commits import CommitPlan
from coterie.core.mls.extension import Extension
from coterie.core.mls.framing import Sender
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.proposal import Add, Proposal, Remove, encode_proposal
from coterie.core.mls.registry import (
    CONTENT_PROPOSAL,
    EXTENSION_EXTERNAL_SENDERS,
    SENDER_EXTERNAL,
    SENDER_MEMBER,
    SENDER_NEW_MEMBER_PROPOSAL,
    WIRE_PUBLIC_MESSAGE,
)
from coterie.core.mls.rules import refuse
from coterie.testing.mls_insider import Insider
from coterie.testing.mls_party import Party
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


def test_the_suite_of_the_case_is_that_of_its_key_package(good: Case) -> None:
    assert good["cipher_suite"] == 1
    for other in (3, 5):
        with pytest.raises(MismatchError, match="cipher_suite"):
            check_passive_client({**good, "cipher_suite": other})


def case_of(founder: Party, joiner: Party) -> Case:
    """A case in which `founder` welcomes `joiner`, and nothing follows."""
    package = joiner.key_package()
    staged = founder.commit(CommitPlan(adds=(package.message,)))
    assert staged.welcome is not None
    return {
        "cipher_suite": founder.suite.id,
        "external_psks": [],
        "key_package": package.message.hex(),
        "signature_priv": joiner.signer.private.reveal().hex(),
        "encryption_priv": package.secrets.leaf.reveal().hex(),
        "init_priv": package.secrets.init.reveal().hex(),
        "welcome": staged.welcome.hex(),
        "ratchet_tree": None,
        "initial_epoch_authenticator": founder.group.epoch_authenticator.hex(),
        "epochs": [],
    }


def with_proposal(case: Case, message: bytes) -> Case:
    return {**case, "epochs": [{"proposals": [message.hex()], "commit": "", "epoch_authenticator": ""}]}


def test_a_case_of_our_own() -> None:
    check_passive_client(case_of(founded(()), Party("bob")))


def founded(extensions: tuple[Extension, ...]) -> Party:
    alice = Party("alice")
    alice.create(extensions=extensions)
    return alice


def external_senders(party: Party) -> Extension:
    entry = Writer().opaque(party.signer.public_key)
    party.leaf.credential.write(entry)
    return Extension(EXTENSION_EXTERNAL_SENDERS, opaque(entry.bytes()))


def proposal_of(member: Party, sender: Sender, proposal: Proposal, signer: Party) -> bytes:
    insider = Insider(member)
    content = insider.content(CONTENT_PROPOSAL, encode_proposal(proposal), sender)
    return insider.public(content, insider.sign(content, WIRE_PUBLIC_MESSAGE, signer.signer))


def test_proposals_from_outside_are_skipped_only_if_they_are_what_they_say() -> None:
    server, dora = Party("server"), Party("dora")
    alice = founded((external_senders(server),))
    case = case_of(alice, Party("bob"))
    add = Add(parse_key_package(dora.key_package().message))
    for sender, proposal, signer in (
        (Sender(SENDER_EXTERNAL, 0), Remove(0), server),
        (Sender(SENDER_NEW_MEMBER_PROPOSAL), add, dora),
    ):
        with pytest.raises(SkippedError, match="external senders"):
            check_passive_client(with_proposal(case, proposal_of(alice, sender, proposal, signer)))
        with pytest.raises(PeerError) as caught:
            check_passive_client(with_proposal(case, proposal_of(alice, sender, proposal, alice)))
        assert caught.value.code == "bad-signature"
    with pytest.raises(MismatchError, match="something else than itself"):
        foreign = proposal_of(alice, Sender(SENDER_NEW_MEMBER_PROPOSAL), Remove(0), dora)
        check_passive_client(with_proposal(case, foreign))


def test_an_unknown_credential_is_a_failure_and_not_a_feature_of_later() -> None:
    alice = founded(())
    case = case_of(alice, Party("bob"))
    good = proposal_of(
        alice, Sender(SENDER_MEMBER, 0), Add(parse_key_package(Party("dora").key_package().message)), alice
    )
    identity = b"dora".ljust(64, b".")
    place = good.index(identity) - 4  # the credential's type and the length of its identity stand before it
    for kind in (2, 7):
        bad = good[:place] + kind.to_bytes(2, "big") + good[place + 2 :]
        with pytest.raises(PeerError):
            check_passive_client(with_proposal(case, bad))


def test_features_of_later_issues_are_skipped_by_name(good: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    for rule, feature in (("leaf-credential-x509", "x509"), ("welcome-psk-usage", "branches")):

        def decline(*_: object, rule: str = rule, **__: object) -> None:
            raise refuse(rule)

        monkeypatch.setattr("coterie.testing.mls_vector_clients.join", decline)
        with pytest.raises(SkippedError, match=feature):
            check_passive_client(good)
