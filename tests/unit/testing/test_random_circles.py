"""Random circles replay, and hold what the properties need."""

from coterie.core.trust import circle_bodies as body
from coterie.testing.random_circles import RandomCircle


def test_a_seed_replays() -> None:
    one, other = RandomCircle(5, 20), RandomCircle(5, 20)
    assert [d.id for d in one.book.decisions] == [d.id for d in other.book.decisions]
    assert [d.id for d in RandomCircle(6, 20).book.decisions] != [d.id for d in one.book.decisions]


def test_everything_happens_in_them() -> None:
    kinds: set[type] = set()
    reasons: set[str] = set()
    forks = 0
    for seed in range(60):
        book = RandomCircle(seed, 40).book
        state = book.state()
        kinds |= {type(d.body) for d in book.decisions if state.counts(d.id)}
        reasons |= set(state.void.values())
        forks += len(book.known().proofs)
    assert kinds >= {body.Removal, body.Revocation, body.RoleChange, body.Policy, body.Withdrawal, body.Admission}
    assert reasons >= {"not-permitted", "beyond-cut", "fork", "invite-used", "invite-withdrawn", "issuer-unknown"}
    assert forks > 20


def test_honest_people_do_not_fork() -> None:
    assert all(not RandomCircle(seed, 30, honest=True).book.known().proofs for seed in range(10))
