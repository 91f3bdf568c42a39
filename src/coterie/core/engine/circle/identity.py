"""Our person and device in a circle: what it takes to make them (their use is `state/identity.py`)."""
