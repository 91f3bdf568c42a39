"""Who is who: certificates, signed objects, and the state that follows from a set of them (PROTOCOL 1 and 2)."""
