"""`coterie demo`: three real nodes as processes of their own, and what can be seen of them."""
