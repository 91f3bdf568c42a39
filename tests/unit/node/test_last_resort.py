"""A process that hangs, and is told to end."""

import subprocess
import sys
import time

PROGRAM = """
import signal, time
from coterie.node.last_resort import LastResort
resort = LastResort({seconds}, lambda: 7)
signal.signal(signal.SIGTERM, lambda *_: resort.arm())
print("there", flush=True)
while True:
    time.sleep(100)
"""


def started(seconds: float) -> "subprocess.Popen[str]":
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(seconds=seconds)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "there\n"
    return program


def test_armed_by_a_signal_it_ends_the_process_with_its_status() -> None:
    with started(0.2) as program:
        program.terminate()
        program.terminate()
        assert program.wait(20) == 7


def test_without_it_nothing_ends() -> None:
    with started(0.01) as program:
        time.sleep(0.3)
        assert program.poll() is None
        program.kill()
