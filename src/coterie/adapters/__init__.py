"""What touches the world for a node: the vault, direct links, later the hub."""
