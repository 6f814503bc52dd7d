"""Ways to reach people: one file per kind of channel."""
