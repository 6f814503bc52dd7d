"""Takes events over HTTP: limits, decoding, sanitising, and the answer after the commit."""
