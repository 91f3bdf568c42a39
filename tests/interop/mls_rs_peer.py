"""mls-rs (agentvault-mls-rs-uniffi) as a peer: one JSON request a line on stdin, one reply a line, bytes as hex.

Runs in a process of its own, with the package's folder on PYTHONPATH (tests/interop/install_peers.py).
"""

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

mls: Any = importlib.import_module("mls_rs_uniffi")
Reply = dict[str, Any]


class Peer:
    """One client, one group."""

    def __init__(self) -> None:
        self.client: Any = None
        self.group: Any = None
        self.senders: dict[str, Any] = {}

    def _fresh(self, name: str) -> None:
        if self.client is None:
            pair = mls.generate_signature_keypair(mls.CipherSuite.CURVE25519_AES128)
            self.client = mls.Client(name.encode(), pair, mls.client_config_default())

    def key_package(self, name: str) -> Reply:
        self._fresh(name)
        return {"message": self.client.generate_key_package_message().to_bytes().hex()}

    def create(self, name: str, group_id: str) -> Reply:
        self._fresh(name)
        self.group = self.client.create_group(bytes.fromhex(group_id))
        return {}

    def join(self, welcome: str) -> Reply:
        self.group = self.client.join_group(None, _message(welcome)).group
        return {}

    def add(self, key_package: str) -> Reply:
        return self._commit(self.group.add_members([_message(key_package)]))

    def update(self) -> Reply:
        return self._commit(self.group.commit())

    def remove(self, name: str) -> Reply:
        """The identity must have sent something before: the binding shows members only as senders."""
        return self._commit(self.group.remove_members([self.senders[name]]))

    def propose_add(self, key_package: str) -> Reply:
        (message,) = self.group.propose_add_members([_message(key_package)])
        return {"message": message.to_bytes().hex()}

    def _commit(self, made: Any) -> Reply:
        self.group.process_incoming_message(made.commit_message)
        welcome = made.welcome_message
        return {
            "commit": made.commit_message.to_bytes().hex(),
            "welcome": None if welcome is None else welcome.to_bytes().hex(),
        }

    def send(self, text: str) -> Reply:
        return {"message": self.group.encrypt_application_message(bytes.fromhex(text)).to_bytes().hex()}

    def receive(self, message: str, name: str = "") -> Reply:
        received = self.group.process_incoming_message(_message(message))
        if received.is_application_message():
            self.senders[name] = received.sender
            return {"kind": "application", "text": received.data.hex()}
        return {"kind": "handshake"}

    def export(self, label: str, context: str, length: int) -> Reply:
        made = self.group.export_secret(label.encode(), bytes.fromhex(context), length)
        return {"secret": bytes(made).hex()}


def _message(text: str) -> Any:
    return mls.Message.from_bytes(bytes.fromhex(text))


def main() -> None:
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        operation: Callable[..., Reply] = getattr(peer, request.pop("operation"))
        try:
            reply: Reply = {"ok": operation(**request)}
        except Exception as error:  # noqa: BLE001  whatever the binding raises becomes the reply
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
