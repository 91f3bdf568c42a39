"""Where a step works: context, caches, and the names of things."""
