"""`coterie demo`: makes the stage, plays the story, and leaves nothing behind."""

import asyncio
import os
import secrets
import shlex
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from coterie.api.errors import ApiError
from coterie.node import own_network
from coterie.node.demo import meeting, removing, talking
from coterie.node.demo.actor import LISTEN, Actor
from coterie.node.demo.seeing import NotSeenError
from coterie.node.demo.transcript import Transcript
from coterie.node.signals import heard

NAMES = ("Anna", "Ben", "Carla")
INTERRUPTED = 130


def run(once: bool) -> int:
    """Plays it; gives the exit status: 0 when everything was really seen, 1 when something was not."""
    out = Transcript(sys.stdout)
    out.plain("Three people who were never registered anywhere; no server. Everything below is seen, not assumed.")
    out.plain(_network())
    folder = Path(tempfile.mkdtemp(prefix="coterie-demo-"))
    try:
        return asyncio.run(_interruptible(out, folder, once))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _network() -> str:
    """Moves this process into a network of its own where the machine allows it; says which one it is."""
    if own_network.inside():
        return f"Network: {LISTEN}, in the network of its own in which this was started."
    reason = own_network.why_not()
    if reason is not None:
        return f"Network: {LISTEN} of this machine ({reason})."
    own_network.enter()
    return f"Network: {LISTEN} in a network of its own, in which there is nothing else."


async def _interruptible(out: Transcript, folder: Path, once: bool) -> int:
    """Ctrl-C, SIGTERM and SIGHUP end it in order: its nodes first."""
    work = asyncio.ensure_future(_demonstrate(out, folder, once))
    with heard((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), work.cancel):
        try:
            return await work
        except asyncio.CancelledError:
            return INTERRUPTED


async def _demonstrate(out: Transcript, folder: Path, once: bool) -> int:
    actors = tuple(Actor(name, folder, _passphrase(folder)) for name in NAMES)
    try:
        await _story(out, *actors)
        out.plain(f"\nAll of it was seen, in {out.seconds:.1f} s.")
        if not once:
            await _stay(out, actors)
    except (NotSeenError, ApiError, OSError) as failure:
        _failed(out, failure, actors)
        return 1
    finally:
        endings = await asyncio.gather(*(actor.stop() for actor in actors), return_exceptions=True)
    return _ended(out, actors, endings)


async def _story(out: Transcript, anna: Actor, ben: Actor, carla: Actor) -> None:
    everybody = (anna, ben, carla)
    await meeting.three_nodes(out, everybody)
    await meeting.a_circle(out, anna)
    await meeting.joins(out, anna, ben)
    await meeting.joins(out, ben, carla)
    await meeting.everybody_is_linked(out, everybody)
    await meeting.words(out, anna, carla)
    await talking.one_to_one(out, ben, anna)
    await talking.in_a_group(out, everybody)
    await talking.away(out, carla, ben, anna)
    await removing.removed(out, anna, ben, carla)


async def _stay(out: Transcript, actors: tuple[Actor, ...]) -> None:
    """Until Ctrl-C: the nodes stay up, and the lines with which to go on using them are there to copy."""
    anna, ben, _ = (shlex.quote(str(actor.home.root)) for actor in actors)
    out.plain("\nThe nodes stay up until Ctrl-C. To go on with them, in another terminal:\n")
    out.plain(f'  export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')
    out.plain(f"  export COTERIE_PASSPHRASE_FILE={shlex.quote(str(_passphrase_file(actors[0].home.root.parent)))}")
    for line in (
        f"--home {anna} status",
        f"--home {anna} person list",
        f'--home {anna} send Ben "Still there?" --wait delivered',
        f"--home {ben} log Anna --follow",
        f"--home {ben} invite {meeting.CIRCLE}",
    ):
        out.plain(f"  coterie {line}")
    out.plain("")
    stopped = asyncio.Event()
    with heard((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), stopped.set):
        await stopped.wait()


def _passphrase_file(folder: Path) -> Path:
    return folder / "passphrase"


def _passphrase(folder: Path) -> Path:
    """A random passphrase in a file of ours alone; the same one for the three vaults."""
    path = _passphrase_file(folder)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(24)}\n")
    return path


def _failed(out: Transcript, failure: Exception, actors: tuple[Actor, ...]) -> None:
    what = f"{failure.code}: {failure.message}" if isinstance(failure, ApiError) else str(failure)
    out.plain(f'\nNOT SEEN in "{out.title}": {what}')
    for actor in actors:
        for line in actor.last_words():
            out.plain(f"  {actor.name}'s node: {line}")


def _ended(out: Transcript, actors: tuple[Actor, ...], endings: list[tuple[int, float] | BaseException]) -> int:
    """The three nodes must end well, too."""
    bad = [
        actor.name for actor, ending in zip(actors, endings, strict=True) if not isinstance(ending, tuple) or ending[0]
    ]
    if bad:
        out.plain(f"NOT SEEN: the nodes of {', '.join(bad)} ending with 0 after SIGTERM")
        return 1
    out.plain("The nodes have ended; their homes are removed.")
    return 0
