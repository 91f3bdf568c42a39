from importlib.metadata import version

import pytest

from coterie.adapters.peerlink import binding, fast_bytes, fast_calls


def test_the_installed_binding_is_the_tested_one() -> None:
    """When this fails: read the new binding's methods that `fast_bytes` and `fast_calls` replace, then raise the version."""
    assert version("iroh") == binding.TESTED_VERSION
    assert binding.is_tested()


def test_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "TESTED_VERSION", "0.0.0")
    assert not fast_bytes.install()
    assert not fast_calls.install()
