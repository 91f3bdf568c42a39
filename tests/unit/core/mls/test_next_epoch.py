"""From the parts of a commit to the next epoch."""

from dataclasses import replace

from coterie.core.mls.apply_proposals import apply_proposals
from coterie.core.mls.extension import Extension
from coterie.core.mls.framing import FramedContent, member
from coterie.core.mls.next_epoch import EpochInput, derive_next_epoch, next_group, provisional_context
from coterie.core.mls.proposal import GroupContextExtensions, ReInit
from coterie.core.mls.proposal_list import Listed
from coterie.core.mls.registry import CONTENT_COMMIT, EXTENSION_COTERIE, WIRE_PUBLIC_MESSAGE
from coterie.core.mls.transcript import interim_hash
from coterie.testing.mls_party import Party


def test_the_provisional_context_has_the_old_transcript_and_the_new_rest(pair: tuple[Party, Party]) -> None:
    group = pair[0].group
    extensions = (Extension(EXTENSION_COTERIE, b"x"),)
    listing = (Listed(GroupContextExtensions(extensions), member(0)),)
    changed = apply_proposals(group.suite, group.tree, group.context, listing)
    context = provisional_context(group, changed)
    assert context.epoch == group.epoch + 1
    assert context.extensions == extensions
    assert context.confirmed_transcript_hash == group.context.confirmed_transcript_hash


def test_each_secret_and_the_signature_make_another_epoch(pair: tuple[Party, Party]) -> None:
    group = pair[0].group
    changed = apply_proposals(group.suite, group.tree, group.context, ())
    provisional = provisional_context(group, changed)
    content = FramedContent(b"group", 1, member(0), b"", CONTENT_COMMIT, b"\x00\x00")
    zero, one = bytes(32), b"\x01" * 32
    tags = set()
    for secrets in (EpochInput(zero, zero, zero), EpochInput(one, zero, zero), EpochInput(zero, one, zero)):
        made = derive_next_epoch(group, provisional, WIRE_PUBLIC_MESSAGE, content, b"signature", secrets)
        tags.add(made.tag)
        following = next_group(group, changed, made, {})
        assert following.epoch == 2
        assert following.interim_transcript_hash == interim_hash(
            group.suite, made.context.confirmed_transcript_hash, made.tag
        )
    tags.add(derive_next_epoch(group, provisional, WIRE_PUBLIC_MESSAGE, content, b"else", secrets).tag)
    assert len(tags) == 4


def test_a_reinitialisation_ends_the_group(pair: tuple[Party, Party]) -> None:
    group = pair[0].group
    changed = apply_proposals(group.suite, group.tree, group.context, ())
    content = FramedContent(b"group", 1, member(0), b"", CONTENT_COMMIT, b"\x00\x00")
    secrets = EpochInput(bytes(32), bytes(32), bytes(32))
    made = derive_next_epoch(group, provisional_context(group, changed), WIRE_PUBLIC_MESSAGE, content, b"s", secrets)
    assert not next_group(group, changed, made, {}).ended
    assert next_group(group, replace(changed, reinit=ReInit(b"next", 1, 1, ())), made, {}).ended
