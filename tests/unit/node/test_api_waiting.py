"""Calls that wait: reached, ended, refused, too late."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

import pytest

from coterie.api import schema, status_schema
from coterie.api.errors import ApiError
from coterie.api.schema import Params, Record
from coterie.node import api_waiting
from coterie.node.event_feed import EventFeed
from coterie.testing.fake_backend import LINK, FakeBackend


def through(backend: FakeBackend, method: str) -> Callable[[Params], Awaitable[Record]]:
    return lambda params: backend.call(method, params)


def send(to: str, wait: schema.WaitFor, timeout_ms: int = 5_000) -> schema.Sent:
    async def run() -> schema.Sent:
        backend = FakeBackend()
        params = schema.Send(to=to, text="x", wait=wait, timeout_ms=timeout_ms)
        return await api_waiting.send(through(backend, "message.send"), EventFeed(backend), params)

    return asyncio.run(run())


def join(word: str, timeout_ms: int = 5_000) -> schema.Joined:
    async def run() -> schema.Joined:
        backend = FakeBackend()
        params = schema.Join(link=LINK + word, pseudonym="al", timeout_ms=timeout_ms)
        return await api_waiting.join(through(backend, "join"), EventFeed(backend), params)

    return asyncio.run(run())


def test_without_a_wait_it_returns_when_queued() -> None:
    assert send("carol", "").state == "queued"


@pytest.mark.parametrize(
    ("wait", "states"),
    [
        ("dispatched", {"dispatched", "delivered", "read"}),
        ("delivered", {"delivered", "read"}),
        ("read", {"read"}),
    ],
)
def test_it_returns_when_the_state_or_a_later_one_is_reached(wait: schema.WaitFor, states: set[str]) -> None:
    assert send("bob", wait).state in states


def test_too_late_names_the_message_and_how_far_it_got() -> None:
    with pytest.raises(ApiError) as raised:
        send("carol", "delivered", timeout_ms=100)
    error = raised.value
    assert (error.code, error.state, error.id) == ("timeout", "dispatched", "m1")
    assert "not delivered within 0.1 s" in error.message


def test_a_message_that_failed_does_not_keep_anybody_waiting() -> None:
    with pytest.raises(ApiError) as raised:
        send("dave", "read")
    assert (raised.value.code, raised.value.state) == ("failed", "failed")


@pytest.mark.parametrize(("state", "message"), list(api_waiting.ENDED.items()))
def test_a_message_that_ended_on_its_way_says_how(state: str, message: str) -> None:
    async def queue(params: Params) -> Record:
        return schema.Sent(id="m1", state=state)

    params = schema.Send(to="b", text="x", wait="dispatched")
    with pytest.raises(ApiError) as raised:
        asyncio.run(api_waiting.send(queue, EventFeed(FakeBackend()), params))
    error = raised.value
    assert (error.code, error.message, error.id, error.state) == (state, message, "m1", state)
    assert state in {"expired", "failed"}


def test_a_state_that_is_none_of_the_way_is_not_the_end_of_it() -> None:
    async def run() -> None:
        backend = FakeBackend()

        async def queue(params: Params) -> Record:
            asyncio.get_running_loop().call_soon(lambda: backend.announce("message-state", subject="m1", state="read"))
            return schema.Sent(id="m1", state="of a later version")

        sent = await api_waiting.send(queue, EventFeed(backend), schema.Send(to="b", text="x", wait="read"))
        assert sent.state == "read"

    asyncio.run(run())


def test_the_same_client_id_waits_for_the_first_message() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        params = schema.Send(to="bob", text="x", client_id="c", wait="read")
        first = await api_waiting.send(through(backend, "message.send"), feed, params)
        assert (await backend.call("message.send", params)).id == first.id  # type: ignore[attr-defined]

    asyncio.run(run())


def test_join_returns_what_the_event_says() -> None:
    joined = join("OK")
    assert (joined.state, joined.pseudonym, len(joined.words)) == ("joined", "al", 6)


def test_join_returns_what_was_not_known_when_it_began() -> None:
    async def run() -> None:
        backend = FakeBackend()
        backend.announce("join", subject="before")
        joining = schema.Joined(id="j", circle="", circle_id="", pseudonym="al", inviter="", words=[], state="joining")
        joined = schema.replace(joining, circle="friends", words=["six"] * 6, state="joined")

        async def begin(params: Params) -> Record:
            backend.announce("join", subject="j", state="joined", joined=joined)
            return joining

        assert await api_waiting.join(begin, EventFeed(backend), schema.Join(link=LINK, pseudonym="al")) == joined

    asyncio.run(run())


@pytest.mark.parametrize(
    ("word", "code", "says"),
    [
        ("USED", "invite-used", "used by somebody else"),
        ("EXPIRED", "invite-expired", "expired"),
        ("WITHDRAWN", "invite-withdrawn", "withdrawn"),
        ("APPROVAL", "waiting-for-approval", "not approved yet"),
    ],
)
def test_join_raises_the_refusal(word: str, code: str, says: str) -> None:
    with pytest.raises(ApiError) as raised:
        join(word)
    assert raised.value.code == code
    assert raised.value.id
    assert says in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize(("code", "says"), [("invite-denied", "said no"), ("of a later version", "refused")])
def test_a_refusal_that_comes_late_is_raised_too(code: str, says: str) -> None:
    async def run() -> None:
        backend = FakeBackend()

        async def begin(params: Params) -> Record:
            backend.announce("join", subject="j", state="refused", code=code)
            return schema.Joined(id="j", circle="", circle_id="", pseudonym="al", inviter="", words=[], state="joining")

        await api_waiting.join(begin, EventFeed(backend), schema.Join(link=LINK, pseudonym="al"))

    with pytest.raises(ApiError) as raised:
        asyncio.run(run())
    assert (raised.value.code, raised.value.id) == (code, "j")
    assert says in raised.value.message


def test_join_gives_up_in_time() -> None:
    with pytest.raises(ApiError) as raised:
        join("SILENT", timeout_ms=100)
    assert raised.value.code == "timeout"
    assert "relay" not in raised.value.hint


@pytest.mark.parametrize(
    ("url", "named"), [("https://relay.example/", "https://relay.example/"), ("https://" + "a" * 90 + "/", "URL")]
)
def test_a_relay_that_the_invitation_names_is_left_to_the_user(url: str, named: str) -> None:
    async def silent(params: schema.Params) -> schema.Record:
        joining = await through(FakeBackend(), "join")(params)
        assert isinstance(joining, schema.Joined)
        return schema.replace(joining, relay=url)

    async def run() -> None:
        params = schema.Join(link=LINK + "SILENT", pseudonym="al", timeout_ms=10)
        await api_waiting.join(silent, EventFeed(FakeBackend()), params)

    with pytest.raises(ApiError) as raised:
        asyncio.run(run())
    assert raised.value.hint.endswith(f"coterie up --relay {named}")


def test_an_event_of_an_earlier_attempt_does_not_count() -> None:
    async def run() -> None:
        backend = FakeBackend()
        feed = EventFeed(backend)
        params = schema.Join(link=LINK + "APPROVAL", pseudonym="al", timeout_ms=5_000)
        with pytest.raises(ApiError):
            await api_waiting.join(through(backend, "join"), feed, params)
        params = schema.Join(link=LINK + "OK", pseudonym="al", timeout_ms=5_000)
        assert (await api_waiting.join(through(backend, "join"), feed, params)).state == "joined"

    asyncio.run(run())


def test_a_backend_that_gives_something_else_is_our_bug() -> None:
    async def wrong(params: Params) -> Record:
        return status_schema.Stopping(pid=1)

    with pytest.raises(TypeError):
        asyncio.run(api_waiting.send(wrong, cast("EventFeed", None), schema.Send(to="b", text="x")))
