"""Direct links between devices: QUIC endpoints, connections that carry frames, address hints."""
