"""The group as its user sees it, and its row."""

import pytest

from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.mls.group import GROUP_ROW, Group
from coterie.core.mls.key_schedule import export
from coterie.testing.mls_party import Party, parties
from coterie.testing.mls_rows import DictRows

Trio = tuple[Party, Party, Party]


def test_members_see_the_same(trio: Trio) -> None:
    alice, bob, carol = trio
    for party in trio:
        group = party.group
        assert (group.group_id, group.epoch, group.suite.id) == (b"group", 1, 1)
        assert [index for index, _ in group.members()] == [0, 1, 2]
        assert group.context == alice.group.context
        assert group.epoch_authenticator == alice.group.epoch_authenticator
        assert group.resumption_psk == alice.group.resumption_psk
    assert [p.group.own_leaf for p in (alice, bob, carol)] == [0, 1, 2]
    member = alice.group.member(1)
    assert member is not None
    assert member.credential.identity.startswith(b"bob.")
    assert alice.group.member(3) is None


def test_exported_secrets_are_the_same_for_all_and_differ_by_label_context_and_length(trio: Trio) -> None:
    alice, bob, _ = trio
    assert alice.group.export("label", b"context", 20) == bob.group.export("label", b"context", 20)
    made = {alice.group.export(label, context, 32) for label in ("a", "b") for context in (b"a", b"b")}
    assert len(made) == 4
    assert export(alice.suite, alice.group.secrets.exporter, "a", b"a", 32) in made


def test_an_application_message_never_touches_the_tree(trio: Trio) -> None:
    alice, bob, _ = trio
    alice.read(bob.send(b"first"))
    before = alice.rows.copy()
    alice.read(bob.send(b"second"))
    alice.send(b"third")
    changed = {k for k in alice.rows.values if alice.rows.values[k] != before.values.get(k)}
    assert len(changed) <= 2
    assert all(len(alice.rows.values[key]) < 100 for key in changed)


def test_no_rows_are_no_group() -> None:
    with pytest.raises(UserError) as caught:
        Group.load(DictRows())
    assert caught.value.code == "no-group"


def test_rows_of_another_version_are_named() -> None:
    alice, _ = parties("alice", "bob")
    row = alice.rows.values[GROUP_ROW]
    for changed in (b"\x09" + row[1:], row[:1] + b"\x05" + row[2:]):
        with pytest.raises(UserError) as caught:
            Group.load(DictRows({**alice.rows.values, GROUP_ROW: changed}))
        assert caught.value.code == "needs-newer-version"
    with pytest.raises(PeerError):
        Group.load(DictRows({**alice.rows.values, GROUP_ROW: row + b"\x00"}))


def test_secrets_do_not_show(trio: Trio) -> None:
    group = trio[0].group
    assert "secrets" not in repr(group)
    assert "b'" not in repr(group.secrets)
    assert group.secrets.init not in repr(group).encode()
