"""The embedded engine: one SQLite file in WAL mode, one writer, many readers."""
