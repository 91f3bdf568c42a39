"""Conversations and the MLS groups that follow them."""
