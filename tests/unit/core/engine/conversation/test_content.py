import dataclasses
import itertools

import pytest

from coterie.core.content import extensions
from coterie.core.content.extensions import MAX_ORDER, Mandatory
from coterie.core.content.mimi import MimiContent, encode_content
from coterie.core.content.parts import SinglePart
from coterie.core.content.text import NEEDS_NEWER, plain_text
from coterie.core.engine.conversation import content
from coterie.core.engine.conversation.content import Said
from coterie.core.engine.ports.conversations import Conversation
from coterie.core.engine.state.context import Context
from coterie.core.kernel.errors import PeerError, UserError
from coterie.core.kernel.ids import CircleId, ConversationId, PersonId
from coterie.core.kernel.limits import TEXT_SIZE
from coterie.core.kernel.world import DAY, HOUR, Instant
from coterie.testing.pipe import Pipe

ANNA, BEN, CAROL = (PersonId(bytes([n]) * 32) for n in (1, 2, 3))
HERE, ELSEWHERE = ConversationId(b"\x11" * 32), ConversationId(b"\x22" * 32)
SALT = bytes(16)


def context(later: int = 0) -> Context:
    """A node that knows nothing; its clock may stand later."""
    pipe = Pipe()
    pipe.now = Instant(pipe.now + later)
    return pipe.context(pipe.node("anna"))


def silent(kind: str = "group", clock: bytes = b"") -> Conversation:
    """A conversation in which nothing was said yet, or as far as `clock` says."""
    kept = clock or content.new_clock()
    return Conversation(HERE, CircleId(bytes(32)), kind, b"", b"", "active", kept, 1, 1, Instant(0))


def after(conversation: Conversation, said: Said) -> Conversation:
    return dataclasses.replace(conversation, clock=said.clock)


def written(ctx: Context, by: PersonId, order: int, text: str = "hello", where: ConversationId = HERE) -> bytes:
    return encode_content(plain_text(text, extensions.build(Mandatory(by, where, ctx.now, order)), SALT))


def test_what_one_says_is_what_the_other_hears() -> None:
    ctx = context()
    said = content.say(ctx, silent(), ANNA, "grüße \u202e\x1b[31m")
    heard = content.hear(context(later=HOUR), said.encoded, silent(), ANNA)
    assert heard == said
    assert (heard.text, heard.sent_at, heard.order) == ("grüße \u202e\x1b[31m", ctx.now, ctx.now)


def test_the_same_words_said_twice_are_two_messages() -> None:
    ctx = context()
    once, again = (content.say(ctx, silent(), ANNA, "yes") for _ in range(2))
    assert once.order == again.order
    assert once.message_id != again.message_id


@pytest.mark.parametrize("kind", ["two", "group"])
def test_an_answer_stands_after_what_it_answers_whatever_our_clock_says(kind: str) -> None:
    ctx = context()
    heard = content.hear(ctx, written(ctx, BEN, ctx.now + HOUR), silent(kind), BEN)
    answer = content.say(ctx, after(silent(kind), heard), ANNA, "yes")
    assert answer.order == heard.order + 1
    assert answer.sent_at == ctx.now


def test_a_clock_a_day_wrong_counts_between_two_and_in_a_group_only_with_a_second_person() -> None:
    ctx = context()
    far = ctx.now + 3 * DAY

    def next_order(conversation: Conversation) -> int:
        return content.say(ctx, conversation, ANNA, "now").order

    between_two = content.hear(ctx, written(ctx, BEN, far), silent("two"), BEN)
    assert next_order(after(silent("two"), between_two)) == far + 1
    alone = after(silent(), content.hear(ctx, written(ctx, BEN, far), silent(), BEN))
    assert next_order(alone) == ctx.now
    both = after(alone, content.hear(ctx, written(ctx, CAROL, far + HOUR), alone, CAROL))
    assert next_order(both) == far + HOUR + 1


def test_what_we_say_ourselves_stays_in_order_while_our_clock_is_days_behind_everybodys() -> None:
    ctx = context()
    group = silent()
    for person in (BEN, CAROL):
        group = after(group, content.hear(ctx, written(ctx, person, ctx.now + 3 * DAY), group, person))
    orders = []
    for _ in range(4):
        said = content.say(ctx, group, ANNA, "another line")
        orders.append(said.order)
        group = after(group, said)
    assert orders[0] > ctx.now + 3 * DAY
    assert all(earlier < later for earlier, later in itertools.pairwise(orders))


def test_hearing_the_same_again_is_the_same_message_and_moves_nothing() -> None:
    ctx = context()
    encoded = written(ctx, BEN, ctx.now + HOUR)
    first = content.hear(ctx, encoded, silent(), BEN)
    assert content.hear(ctx, encoded, after(silent(), first), BEN) == first


@pytest.mark.parametrize(("claimed", "where"), [(CAROL, HERE), (BEN, ELSEWHERE)], ids=["author", "conversation"])
def test_T040_content_for_elsewhere_or_by_somebody_else_is_refused(claimed: PersonId, where: ConversationId) -> None:
    ctx = context()
    with pytest.raises(PeerError) as caught:
        content.hear(ctx, written(ctx, claimed, ctx.now, where=where), silent(), BEN)
    assert caught.value.code == "sender-mismatch"


def test_an_order_that_nothing_could_follow_is_refused_and_the_last_one_is_taken() -> None:
    ctx = context()
    mandatory = {**extensions.build(Mandatory(BEN, HERE, ctx.now, MAX_ORDER)), extensions.ORDER: MAX_ORDER + 1}
    with pytest.raises(PeerError) as caught:
        content.hear(ctx, encode_content(plain_text("x", mandatory, SALT)), silent("two"), BEN)
    assert caught.value.code == "order-out-of-range"
    heard = content.hear(ctx, written(ctx, BEN, MAX_ORDER), silent("two"), BEN)
    assert content.say(ctx, after(silent("two"), heard), ANNA, "still possible").order == MAX_ORDER


EVERY = (extensions.SENDER_URI, extensions.ROOM_URI, extensions.SENDER_TIMESTAMP, extensions.ORDER)


@pytest.mark.parametrize("missing", EVERY)
def test_T006_content_without_a_mandatory_extension_is_malformed(missing: int) -> None:
    ctx = context()
    mandatory = extensions.build(Mandatory(BEN, HERE, ctx.now, ctx.now))
    del mandatory[missing]
    for encoded in (encode_content(plain_text("x", mandatory, SALT)), b"\xff", b""):
        with pytest.raises(PeerError) as caught:
            content.hear(ctx, encoded, silent(), BEN)
        assert caught.value.code == "malformed"


def test_T014_content_of_a_later_version_is_kept_whole_and_has_its_place() -> None:
    ctx = context()
    mandatory = extensions.build(Mandatory(BEN, HERE, ctx.now, ctx.now + 5))
    encoded = encode_content(MimiContent(SALT, mandatory, SinglePart("application/x-hologram", b"\x00")))
    heard = content.hear(ctx, encoded, silent(), BEN)
    assert (heard.text, heard.order, heard.encoded) == (NEEDS_NEWER, ctx.now + 5, encoded)


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty-text"), ("\ud800", "bad-text"), ("x" * (TEXT_SIZE + 1), "text-too-long")]
)
def test_what_cannot_be_sent_is_told_to_who_writes_it(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        content.say(context(), silent(), ANNA, text)
    assert caught.value.code == code
