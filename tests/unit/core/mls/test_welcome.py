"""Welcome and GroupSecrets: encoding."""

import pytest

from coterie.core.codec.tls import parse
from coterie.core.kernel.errors import PeerError
from coterie.core.mls.psk_id import external_psk
from coterie.core.mls.update_path import HpkeCiphertext
from coterie.core.mls.welcome import (
    EncryptedGroupSecrets,
    GroupSecrets,
    Welcome,
    parse_group_secrets,
    read_welcome,
)


@pytest.mark.parametrize(
    "secrets",
    [
        GroupSecrets(b"joiner", None, ()),
        GroupSecrets(b"joiner", b"path", (external_psk(b"id", bytes(32)), external_psk(b"2", bytes(32)))),
    ],
)
def test_secrets_come_back_and_do_not_show(secrets: GroupSecrets) -> None:
    assert parse_group_secrets(secrets.encode()) == secrets
    assert "joiner" not in repr(secrets).replace("joiner_secret", "")
    with pytest.raises(PeerError):
        parse_group_secrets(secrets.encode() + b"\x00")


def test_welcomes_come_back() -> None:
    entries = tuple(EncryptedGroupSecrets(ref, HpkeCiphertext(b"kem", b"sealed")) for ref in (b"one", b"two"))
    welcome = Welcome(0xF602, entries, b"group info")
    encoded = welcome.encode()
    assert parse(read_welcome, encoded) == welcome
    for size in range(len(encoded)):
        with pytest.raises(PeerError):
            parse(read_welcome, encoded[:size])
