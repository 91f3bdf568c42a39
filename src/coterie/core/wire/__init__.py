"""What machines say: invitation links, handshakes, peer frames, sealed blocks; every structure versioned and bounded."""
