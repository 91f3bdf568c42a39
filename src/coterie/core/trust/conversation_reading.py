"""The rights in a group conversation: the same reading as for a circle (PROTOCOL 2).

The creator is as the founder and its admins are as owners of a circle: inside, the standing of an admin is
`Role.OWNER`, so that admins stand in one line by promotion. A person's standing is one versioned register.
"""

from collections.abc import Mapping

from coterie.core.trust import conversation_bodies as body
from coterie.core.trust.bodies import Unknown
from coterie.core.trust.circle_state import CircleState
from coterie.core.trust.cut import CutEntry
from coterie.core.trust.object_set import ObjectSet
from coterie.core.trust.objects import Decision
from coterie.core.trust.rank import FOUNDER, VOUCHED_DEPTH, rank_of, role_of
from coterie.core.trust.reading import COUNTS, Reading, serials
from coterie.core.trust.records import Act, PersonRecord, RoleSet, Track
from coterie.core.trust.roles import Role

NOT_PERMITTED = "not-permitted"
NOT_A_MEMBER = "not-a-member"


class ConversationReading(Reading):
    """Reads the decisions of one group, its `start` first.

    `outside` cuts the chains of devices that the circle no longer allows: where each ends, decided beforehand.
    """

    def __init__(self, known: ObjectSet, circle: CircleState, outside: Mapping[bytes, CutEntry]) -> None:
        super().__init__(known)
        self.settings: dict[int, body.Settings] = {}
        self._circle = circle
        self._outside = outside
        beginning = known.beginning
        if beginning is None or not isinstance(beginning.body, body.Start):
            raise ValueError("a group begins with its first object")
        self.verdicts[beginning.id] = COUNTS
        start = beginning.body
        people = [PersonRecord(start.creator, None, 0, base=FOUNDER)]
        people += [PersonRecord(person_id, None, 1, base=rank_of(Role.MEMBER)) for person_id in start.members]
        for person in people:
            self.add_person(person)
        for person in people:
            self._add_tracks(person)
        track = self.tracks.get(beginning.issuer)
        if track is not None:
            track.tip, track.position = beginning.id, beginning.serial
            track.end = max(track.end, beginning.serial)
            self.touch(track)

    def is_taking(self, decision: Decision) -> bool:
        """Putting somebody out, leaving, a cut, and a role that makes an admin a member."""
        match decision.body:
            case body.Leave() | body.ConversationCut():
                return True
            case body.Member(added=added):
                return not added
            case body.ConversationRole(role=role):
                return role is Role.MEMBER
            case _:
                return False

    def judge(self, act: Act) -> str:
        """The right and the effect of one decision."""
        if role_of(act.rank) is Role.NONE:
            return NOT_A_MEMBER
        match act.decision.body:
            case body.Member() as change:
                return self._add(act, change) if change.added else self._put_out(act, change)
            case body.ConversationRole() as change:
                return self._change_role(act, change)
            case body.Settings() as settings:
                return self._set(act, settings)
            case body.Leave() as leave:
                return self._leave(act, leave)
            case body.ConversationCut(cut=cut):
                if role_of(act.rank) is not Role.OWNER:
                    return NOT_PERMITTED
                self.apply_namings(act, cut)
                return COUNTS
            case Unknown() as unknown:
                self.unknown_bodies.append(unknown)
        return "unknown-type"

    def _add(self, act: Act, change: body.Member) -> str:
        """Also of who is inside and below: they may have left, or have been put out, by a word that is read later."""
        if role_of(act.rank) is not Role.OWNER:
            return NOT_PERMITTED
        person = self.people.get(change.person_id)
        inside = person is not None and role_of(person.latest()) is not Role.NONE
        if person is not None and inside and not act.rank < person.latest():
            return "already-known"
        if person is not None and change.version in person.roles:
            return "version-taken"
        role = RoleSet(change.version, rank_of(Role.MEMBER), None, act, serials(change.cut))
        if person is not None:
            self.set_role(person, role)
        else:
            depth = min(act.track.person.depth + 1, VOUCHED_DEPTH)
            person = PersonRecord(change.person_id, None, depth, base=rank_of(Role.NONE))
            self.add_person(person)
            self.set_role(person, role)
            self._add_tracks(person)
            self.release(person.id)
        self.apply_namings(act, change.cut)
        return COUNTS

    def _put_out(self, act: Act, change: body.Member) -> str:
        person = self.people.get(change.person_id)
        if person is None:
            return self.wait(act, change.person_id)
        own = person is act.track.person
        if own or role_of(act.rank) is not Role.OWNER or not act.rank < person.latest():
            return NOT_PERMITTED
        return self._set_standing(act, person, Role.NONE, change.version, change.cut)

    def _change_role(self, act: Act, change: body.ConversationRole) -> str:
        """Also of who is outside: a junior admin may have added them by a word that is read later."""
        person = self.people.get(change.person_id)
        if person is None:
            return self.wait(act, change.person_id)
        own = person is act.track.person
        if role_of(person.latest()) is Role.NONE and (own or act.side):
            return NOT_A_MEMBER
        if own:
            right = is_head(act, person) and change.role is Role.MEMBER
        else:
            right = role_of(act.rank) is Role.OWNER and act.rank < person.latest()
        if not right:
            return NOT_PERMITTED
        standing = Role.OWNER if change.role is Role.ADMIN else Role.MEMBER
        return self._set_standing(act, person, standing, change.version, change.cut)

    def _leave(self, act: Act, leave: body.Leave) -> str:
        person = act.track.person
        if not is_head(act, person):
            return NOT_PERMITTED
        return self._set_standing(act, person, Role.NONE, leave.version, leave.cut)

    def _set_standing(
        self, act: Act, person: PersonRecord, standing: Role, version: int, cut: tuple[CutEntry, ...]
    ) -> str:
        if version in person.roles:
            return "version-taken"
        latest = person.latest()
        rank = rank_of(standing, (*act.rank[2], (act.decision.serial, act.track.tree_depth, act.track.id)))
        if standing is Role.OWNER and role_of(latest) is Role.OWNER:
            rank = latest
        self.set_role(person, RoleSet(version, rank, None, act, serials(cut)))
        self.apply_namings(act, cut)
        return COUNTS

    def _set(self, act: Act, settings: body.Settings) -> str:
        if role_of(act.rank) is not Role.OWNER:
            return NOT_PERMITTED
        if settings.version in self.settings:
            return "version-taken"
        self.settings[settings.version] = settings
        return COUNTS

    def _add_tracks(self, person: PersonRecord) -> None:
        found: dict[bytes, Track] = {}
        devices = [device for device in self._circle.devices.values() if device.person_id == person.id]
        for device in sorted(devices, key=lambda device: (device.depth, device.id)):
            parent = None if device.parent is None else found.get(device.parent)
            chain = self.known.chains.get(device.id)
            track = Track(device.id, person, device.depth, parent, chain, active_outside=device.active)
            ending = self._outside.get(device.id)
            if ending is not None:
                track.end = ending.serial
                track.namings.append(ending)
            found[device.id] = track
            self.add_track(track)


def is_head(act: Act, person: PersonRecord) -> bool:
    """Whether this is the device nearest the root that the person has left: it alone decides for the person."""
    live = person.live_tracks()
    return bool(live) and live[0] is act.track
