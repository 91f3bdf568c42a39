"""The Unix socket of the local API: 0600 in a 0700 directory that is ours (A12)."""

import socket
import stat
from pathlib import Path

from coterie.api.paths import Home
from coterie.node.data_dir import make_private, translated


def open_socket(home: Home) -> socket.socket:
    """Listens at the home's socket path, replacing what a killed node left; raises `data-dir-…` when a
    directory of it is not ours alone. The caller holds the home's lock, so nobody listens there."""
    path = home.socket()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        for directory in home.socket_directories():
            make_private(directory)
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.setblocking(False)
        listener.listen(64)
    except OSError as error:
        listener.close()
        raise translated(error) from error
    except BaseException:
        listener.close()
        raise
    return listener


def socket_id(path: Path) -> tuple[int, int] | None:
    """Which socket has this name now; None for none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISSOCK(found.st_mode) else None
