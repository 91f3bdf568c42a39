"""The fake knows every method, so that no command is untried."""

import asyncio

import pytest

from coterie.api import methods, schema
from coterie.core.kernel.errors import UserError
from coterie.testing.fake_backend import FakeBackend

PARAMS: dict[type[schema.Params], schema.Params] = {
    schema.CircleCreate: schema.CircleCreate(name="friends", pseudonym="alice"),
    schema.CircleNamed: schema.CircleNamed(circle="friends"),
    schema.CircleFilter: schema.CircleFilter(),
    schema.PersonNamed: schema.PersonNamed(person="dave"),
    schema.CircleRole: schema.CircleRole(person="bob", role="admin"),
    schema.InvitationCreate: schema.InvitationCreate(circle="friends"),
    schema.InvitationNamed: schema.InvitationNamed(id="?"),
    schema.Join: schema.Join(link="coterie:join/SILENT", pseudonym="al"),
    schema.PersonVerify: schema.PersonVerify(person="bob"),
    schema.GroupCreate: schema.GroupCreate(title="team", people=["bob"]),
    schema.GroupPeople: schema.GroupPeople(group="team", people=["carol"]),
    schema.GroupNamed: schema.GroupNamed(group="team"),
    schema.Send: schema.Send(to="team", text="x"),
    schema.Log: schema.Log(conversation="bob"),
    schema.EntryNamed: schema.EntryNamed(id="m"),
    schema.NoParams: schema.NoParams(),
}


def test_every_method_gives_its_record() -> None:
    async def run() -> None:
        backend = FakeBackend()
        await backend.call("circle.create", PARAMS[schema.CircleCreate])
        await backend.call("group.create", PARAMS[schema.GroupCreate])
        for name, method in methods.METHODS.items():
            if name in {"events.subscribe", "stop", "circle.leave"}:
                continue
            try:
                result = await backend.call(name, PARAMS[method.params])
            except UserError as error:
                assert error.code == "unknown-invitation"
            else:
                assert isinstance(result, method.result)

    asyncio.run(run())


def test_an_unknown_one_is_a_bug_of_the_server() -> None:
    with pytest.raises(RuntimeError):
        asyncio.run(FakeBackend().call("nonsense", schema.NoParams()))
