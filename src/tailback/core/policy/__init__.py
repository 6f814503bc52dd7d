"""Who is told of an episode, when, and who is told next."""
