from coterie.core.wire.frames import Frame
from coterie.testing.handshakes import JoinPair, LinkPair


def test_runs_replay() -> None:
    def frames_of(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def look(_to: str, frame: Frame) -> Frame:
            seen.append(frame.encode())
            return frame

        JoinPair(seed=seed).run(look)
        LinkPair(seed=seed).run(look)
        return seen

    assert frames_of(1) == frames_of(1)
    assert frames_of(1) != frames_of(2)
