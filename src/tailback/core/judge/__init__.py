"""The judge: what is late, stuck, missing or unknown, against a normal day and a promise."""
