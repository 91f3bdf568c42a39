import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coterie.core.codec.items import Item
from coterie.core.crypto.suites import SUITES, suite
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId, EndpointId, derive_id
from coterie.core.kernel.limits import INVITATION_TEXT_SIZE
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant
from coterie.core.wire.hints import relay_hint
from coterie.core.wire.invitation import (
    Invitation,
    LinkKind,
    encode_link,
    invitation_keys,
    parse_invitation,
    parse_link,
    refuse_expired,
)
from coterie.testing.strictness import accepted_extensions, accepted_prefixes, ambiguous_flips

HINT4, HINT6 = bytes([4, 192, 0, 2, 1, 0x1F, 0x90]), bytes([6]) + bytes(15) + bytes([1, 0x1F, 0x90])
RELAY = b"\x01https://relay.example/"
SAMPLE = Invitation(
    circle_id=CircleId(bytes([1]) * 32),
    suite_id=0xF602,
    device_id=DeviceId(bytes([2]) * 32),
    endpoint_id=EndpointId(bytes([3]) * 32),
    hints=(HINT4, HINT6),
    relay=b"",
    secret=Secret(bytes([4]) * 32),
    expiry=1_800_000_000,
)
LINK = encode_link(SAMPLE)

ids = st.binary(min_size=32, max_size=32)


@st.composite
def invitations(draw: st.DrawFn) -> Invitation:
    return Invitation(
        CircleId(draw(ids)),
        draw(st.sampled_from(sorted(SUITES))),
        DeviceId(draw(ids)),
        EndpointId(draw(ids)),
        tuple(draw(st.lists(st.sampled_from([HINT4, HINT6]), max_size=8))),
        draw(st.one_of(st.just(RELAY), st.binary(max_size=255).filter(lambda relay: relay[:1] != b"\x01"))),
        Secret(draw(ids)),
        draw(st.integers(0, (1 << 64) - 1)),
        kind=draw(st.sampled_from(LinkKind)),
    )


def code_of(text: str, kind: LinkKind = LinkKind.JOIN) -> str:
    with pytest.raises(PeerError) as caught:
        parse_link(text, kind)
    return caught.value.code


@given(invitations())
def test_round_trip(invitation: Invitation) -> None:
    link = encode_link(invitation)
    assert len(link) <= INVITATION_TEXT_SIZE
    assert parse_link(link, invitation.kind) == invitation
    assert parse_link(link.upper(), invitation.kind) == parse_link(link.lower(), invitation.kind) == invitation


def test_sizes() -> None:
    assert len(SAMPLE.encode()) == 169
    assert len(LINK) == 314


def test_T049_wrapped_spaced_and_recased_by_chat_programs() -> None:
    wrapped = "\n> ".join(LINK[at : at + 40] for at in range(0, len(LINK), 40)).replace("> ", "\u00a0\u200b")
    assert parse_link("  " + wrapped + "\r\n") == SAMPLE
    assert parse_link(LINK.swapcase()) == SAMPLE
    assert parse_link("\ufeffcoterie : JOIN / " + LINK[13:]) == SAMPLE


def test_T049_every_character_counts() -> None:
    for place in range(len(LINK)):
        changed = "A" if LINK[place].upper() != "A" else "B"
        assert code_of(LINK[:place] + changed + LINK[place + 1 :]) == "malformed"


def test_T001_T049_every_truncation_is_refused() -> None:
    for size in range(len(LINK)):
        assert code_of(LINK[:size]) in ("malformed", "cut-or-mixed")


def test_T049_two_invitations_mixed() -> None:
    other = encode_link(replace(SAMPLE, secret=Secret(bytes(32))))
    body = 13 + 26 * 9  # in the middle of the secret, between two blocks
    assert code_of(LINK[:body] + other[body:]) == "cut-or-mixed"


def test_T050_a_link_of_one_kind_never_acts_as_the_other() -> None:
    device = encode_link(replace(SAMPLE, kind=LinkKind.DEVICE))
    assert device.startswith("coterie:link/")
    assert code_of(device) == "wrong-link-kind"
    assert code_of(LINK, LinkKind.DEVICE) == "wrong-link-kind"
    with pytest.raises(PeerError, match="links a new device"):
        parse_link(device.upper())


def test_T050_a_changed_prefix_does_not_change_the_kind() -> None:
    device = encode_link(replace(SAMPLE, kind=LinkKind.DEVICE))
    assert code_of("coterie:join/" + device[13:]) == "wrong-link-kind"
    assert code_of("coterie:link/" + LINK[13:], LinkKind.DEVICE) == "wrong-link-kind"
    assert code_of("coterie:link/" + LINK[13:]) == "wrong-link-kind"


@pytest.mark.parametrize(
    "text", ["", "hello", "coterie:", "https://example.org/", "coterie:hub/AAAA", "coterıe:join/A"]
)
def test_what_is_no_invitation(text: str) -> None:
    assert code_of(text) == "malformed"


def test_T006_a_letter_that_only_folds_to_one_of_the_prefix_is_another_letter() -> None:
    """The sign for kelvin becomes a k in lower case."""
    device = encode_link(replace(SAMPLE, kind=LinkKind.DEVICE))
    assert code_of(device.replace("link/", "lin\u212a/"), LinkKind.DEVICE) == "malformed"


def test_T004_longer_than_any_invitation() -> None:
    assert parse_link(LINK.ljust(INVITATION_TEXT_SIZE)) == SAMPLE
    assert code_of(LINK.ljust(INVITATION_TEXT_SIZE + 1)) == "too-large"


@given(st.text(max_size=200))
def test_T004_nothing_but_peer_errors(text: str) -> None:
    for prefix in ("", "coterie:join/"):
        with contextlib.suppress(PeerError):
            parse_link(prefix + text)


def test_T001_T002_T003_payload() -> None:
    payload = replace(SAMPLE, relay=RELAY, items=(Item(5, False, b"kept"),)).encode()
    assert accepted_prefixes(parse_invitation, payload) == []
    assert accepted_extensions(parse_invitation, payload) == []
    assert ambiguous_flips(parse_invitation, payload) == []


def payload_code(payload: bytes) -> str:
    with pytest.raises(PeerError) as caught:
        parse_invitation(payload)
    return caught.value.code


def test_T014_versions_suites_and_critical_items_are_refused_by_name() -> None:
    payload = SAMPLE.encode()
    assert payload_code(payload[:1] + b"\x02" + payload[2:]) == "needs-newer-version"
    assert payload_code(replace(SAMPLE, suite_id=0xF60B).encode()) == "unsupported-suite"
    assert payload_code(replace(SAMPLE, items=(Item(5, True, b""),)).encode()) == "needs-newer-version"
    assert payload_code(b"\x07" + payload[1:]) == "malformed"


def test_hints_are_known_whole_and_few() -> None:
    assert payload_code(replace(SAMPLE, hints=(b"\x05abc",)).encode()) == "malformed"
    assert payload_code(replace(SAMPLE, hints=(HINT6[:-1],)).encode()) == "malformed"
    assert payload_code(replace(SAMPLE, hints=(HINT4,) * 9).encode()) == "too-large"
    assert parse_invitation(replace(SAMPLE, hints=(HINT4,) * 8).encode()).hints == (HINT4,) * 8


def test_a_relay_stands_in_its_own_field_in_its_one_form() -> None:
    hint = relay_hint("https://relay.example/")
    named = SAMPLE.at((hint, HINT4))
    assert (named.relay, named.hints, named.relay_url) == (RELAY, (HINT4,), "https://relay.example/")
    assert named.found_at == (hint, HINT4)
    assert parse_invitation(named.encode()) == named
    assert named.at((HINT6,)) == replace(SAMPLE, hints=(HINT6,))
    assert payload_code(replace(SAMPLE, relay=b"\x01https://relay.example").encode()) == "malformed"
    assert payload_code(replace(SAMPLE, hints=(hint,)).encode()) == "malformed"


def test_a_hub_queue_of_a_later_version_is_kept_and_not_used() -> None:
    later = replace(SAMPLE, relay=b"\x02queue")
    assert parse_invitation(later.encode()) == later
    assert (later.relay_url, later.found_at) == ("", SAMPLE.hints)


@pytest.mark.parametrize(("ms", "expired"), [(-1, False), (0, True), (1_000, True)])
def test_T048_expired_from_its_second_on(ms: int, expired: bool) -> None:
    now = Instant(SAMPLE.expiry * 1_000 + ms)
    if expired:
        with pytest.raises(PeerError) as caught:
            refuse_expired(SAMPLE, now)
        assert caught.value.code == "invite-expired"
    else:
        refuse_expired(SAMPLE, now)


def test_the_secret_hides() -> None:
    assert "0404" not in repr(SAMPLE)
    assert "\\x04\\x04" not in repr(SAMPLE)
    assert "Secret(…)" in repr(invitation_keys(suite(0xF602), SAMPLE.secret))


@pytest.mark.parametrize("suite_id", SUITES)
def test_keys_of_the_secret(suite_id: int) -> None:
    keys = invitation_keys(suite(suite_id), SAMPLE.secret)
    again = invitation_keys(suite(suite_id), SAMPLE.secret)
    other = invitation_keys(suite(suite_id), Secret(bytes(32)))
    assert keys.mac_key == again.mac_key != other.mac_key
    assert keys.mac_key != keys.sealing_key
    assert len(keys.mac_key) == len(keys.sealing_key) == suite(suite_id).hash_size
    assert keys.signer.suite.id == 0x0001
    assert keys.invitation_id == derive_id("invitation", keys.signer.public_key) == again.invitation_id
