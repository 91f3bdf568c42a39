"""What the engine needs from the world: one Protocol a concern, with plain records."""
