"""The circle: creating, inviting, joining, links, objects, roles, removal."""
