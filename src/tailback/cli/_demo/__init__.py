"""What `tailback demo` plays: a shop, the stage it stands on, and the story with its proofs."""
