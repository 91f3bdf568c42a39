"""`python -m bench [--only NAME]…`: measures, prints the table, writes build/bench.json."""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench import fan_out, mls_groups, mls_messages, programs, talking
from bench.rows import Row, table, write
from bench.scale import TINY, WHOLE, Scale
from coterie.node import own_network

PARTS: Mapping[str, Callable[[Scale], Iterable[Row]]] = {
    "mls.messages": mls_messages.rows,
    "mls.groups": mls_groups.rows,
    "node.talking": talking.rows,
    "node.group": fan_out.rows,
    "programs": programs.rows,
}


def main(arguments: list[str] | None = None) -> int:
    """0 when everything was measured; whether targets were met stands in the rows."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="measure against floors of the same run")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--tiny", action="store_true", help="the smallest counts: shows only that everything works")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"), help="where the rows go")
    options = parser.parse_args(arguments)
    chosen = [name for name in PARTS if not options.only or any(name.startswith(only) for only in options.only)]
    if not chosen:
        parser.error("no such figure")
    _into_own_network()
    found: list[Row] = []
    for name in chosen:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        found += PARTS[name](TINY if options.tiny else WHOLE)
    print(table(found))
    write(found, options.out)
    return 0


def _into_own_network() -> None:
    """Nothing of the machine's other traffic in the figures, and nothing of ours on its network, where that is allowed."""
    if own_network.inside():
        return
    reason = own_network.why_not()
    if reason is None:
        own_network.main([sys.executable, "-m", "bench", *sys.argv[1:]])
    print(f"on the machine's own loopback ({reason})", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
