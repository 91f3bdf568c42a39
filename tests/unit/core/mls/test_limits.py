"""Limits fit together, and every structure keeps to them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import pytest

from coterie.core.codec.tls import Reader, Writer, parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls import limits
from coterie.core.mls.commit import Commit, read_commit
from coterie.core.mls.credential import MAX_CERTIFICATES, Credential, basic_credential, read_credential
from coterie.core.mls.framing import AuthData, FramedContent, member, read_auth_data, read_framed_content
from coterie.core.mls.group_context import GroupContext, read_group_context
from coterie.core.mls.group_info import GroupInfo, read_group_info
from coterie.core.mls.key_package import read_key_package
from coterie.core.mls.key_packages import parse_key_package
from coterie.core.mls.leaf_node import read_leaf_node
from coterie.core.mls.private_message import PrivateMessage, read_private_message
from coterie.core.mls.proposal import (
    ExternalInit,
    Reference,
    ReInit,
    Remove,
    encode_proposal,
    read_proposal,
    read_proposal_or_ref,
    write_proposal_or_ref,
)
from coterie.core.mls.psk_id import external_psk, read_psk_id, resumption_psk
from coterie.core.mls.public_message import PublicMessage, read_public_message
from coterie.core.mls.ratchet_tree import ParentNode, read_parent_node
from coterie.core.mls.registry import CONTENT_APPLICATION, CONTENT_COMMIT, CREDENTIAL_X509, SOURCE_COMMIT
from coterie.core.mls.update_path import (
    HpkeCiphertext,
    UpdatePath,
    UpdatePathNode,
    read_hpke_ciphertext,
    read_update_path,
)
from coterie.core.mls.welcome import (
    MAX_PSKS,
    EncryptedGroupSecrets,
    GroupSecrets,
    Welcome,
    parse_group_secrets,
    read_welcome,
)
from coterie.testing.mls_party import Party

Decode: TypeAlias = Callable[[bytes], object]
Field: TypeAlias = tuple[str, Callable[[bytes], bytes], Decode]


def test_limits_fit_together() -> None:
    assert limits.MAX_NODES == 2 * limits.MAX_LEAVES - 1
    assert limits.MAX_LEAVES >= 1000
    assert limits.MAX_ELEMENTS >= limits.MAX_NODES + 4 * limits.MAX_LEAVES
    assert limits.MAX_PROPOSALS > limits.MAX_LEAVES
    assert limits.MAX_SKIP == 1000
    assert limits.MAX_KEPT_KEYS >= limits.MAX_SKIP
    assert limits.MAX_FIELD <= limits.MAX_MESSAGE < 1 << 30


def encoded(value: Any) -> bytes:
    if hasattr(value, "encode"):
        return bytes(value.encode())
    out = Writer()
    value.write(out)
    return out.bytes()


def put(value: Any, name: str) -> Callable[[bytes], bytes]:
    """The structure with any bytes in one of its fields."""
    return lambda data: encoded(replace(value, **{name: data}))


def by_reference(ref: bytes) -> bytes:
    out = Writer()
    write_proposal_or_ref(out, Reference(ref))
    return out.bytes()


def reading(read: Callable[[Reader], object]) -> Decode:
    return partial(parse, read)


TEXT = FramedContent(b"group", 7, member(3), b"", CONTENT_APPLICATION, b"text")
CONTEXT = GroupContext(1, b"group", 7, b"", b"")
SEALED = HpkeCiphertext(b"kem", b"sealed")


def fields() -> Iterator[Field]:
    """(where, the structure with these bytes there, how it is read)."""
    package = parse_key_package(Party("dora").key_package().message)
    leaf = replace(package.leaf, source=SOURCE_COMMIT, lifetime=None)
    structures: list[tuple[Any, Decode, tuple[str, ...]]] = [
        (basic_credential(b""), reading(read_credential), ("identity",)),
        (leaf, reading(read_leaf_node), ("encryption_key", "signature_key", "parent_hash", "signature")),
        (package, reading(read_key_package), ("init_key", "signature")),
        (ParentNode(b"", b"", ()), reading(read_parent_node), ("encryption_key", "parent_hash")),
        (TEXT, reading(read_framed_content), ("group_id", "authenticated_data")),
        (
            AuthData(b"", b""),
            reading(lambda reader: read_auth_data(reader, CONTENT_COMMIT)),
            ("signature", "confirmation_tag"),
        ),
        (CONTEXT, reading(read_group_context), ("group_id", "tree_hash", "confirmed_transcript_hash")),
        (GroupInfo(CONTEXT, (), b"", 0), reading(read_group_info), ("confirmation_tag", "signature")),
        (PublicMessage(TEXT, AuthData(b""), b""), reading(read_public_message), ("membership_tag",)),
        (
            PrivateMessage(b"", 7, CONTENT_APPLICATION, b"", b"", b""),
            reading(read_private_message),
            ("group_id", "authenticated_data", "encrypted_sender_data"),
        ),
        (external_psk(b"", b""), reading(read_psk_id), ("psk_id", "nonce")),
        (resumption_psk(b"", 7, b""), reading(read_psk_id), ("group_id", "nonce")),
        (SEALED, reading(read_hpke_ciphertext), ("kem_output", "ciphertext")),
        (GroupSecrets(b"", b"", ()), parse_group_secrets, ("joiner_secret", "path_secret")),
    ]
    for value, decode, names in structures:
        for name in names:
            yield f"{type(value).__name__}.{name}", put(value, name), decode
    yield (
        "Credential.certificates",
        lambda data: encoded(Credential(CREDENTIAL_X509, certificates=(data,))),
        reading(read_credential),
    )
    yield "ReInit.group_id", lambda data: encode_proposal(ReInit(data, 1, 1, ())), reading(read_proposal)
    yield "ExternalInit.kem_output", lambda data: encode_proposal(ExternalInit(data)), reading(read_proposal)
    yield "Reference.ref", by_reference, reading(read_proposal_or_ref)
    yield (
        "UpdatePathNode.encryption_key",
        lambda data: UpdatePath(leaf, (UpdatePathNode(data, ()),)).encode(),
        reading(read_update_path),
    )
    yield (
        "EncryptedGroupSecrets.new_member",
        lambda data: Welcome(1, (EncryptedGroupSecrets(data, SEALED),), b"").encode(),
        reading(read_welcome),
    )


FIELDS = list(fields())


@pytest.mark.parametrize(("make", "decode"), [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS])
def test_T004_a_field_that_is_kept_is_bounded(make: Callable[[bytes], bytes], decode: Decode) -> None:
    decode(make(bytes(limits.MAX_FIELD)))
    with pytest.raises(PeerError) as caught:
        decode(make(bytes(limits.MAX_FIELD + 1)))
    assert caught.value.code == "too-large"


def test_T007_lists_are_bounded() -> None:
    psk = external_psk(b"", b"")
    lists: list[tuple[int, Callable[[int], bytes], Decode]] = [
        (
            MAX_CERTIFICATES,
            lambda count: encoded(Credential(CREDENTIAL_X509, certificates=(b"",) * count)),
            reading(read_credential),
        ),
        (limits.MAX_PROPOSALS, lambda count: Commit((Remove(0),) * count).encode(), reading(read_commit)),
        (MAX_PSKS, lambda count: GroupSecrets(b"", None, (psk,) * count).encode(), parse_group_secrets),
        (
            limits.MAX_LEAVES,
            lambda count: Welcome(1, (EncryptedGroupSecrets(b"", SEALED),) * count, b"").encode(),
            reading(read_welcome),
        ),
    ]
    for most, make, decode in lists:
        decode(make(most))
        with pytest.raises(PeerError) as caught:
            decode(make(most + 1))
        assert caught.value.code == "too-large"
