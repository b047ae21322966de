"""The store: SQLite with one append-only table of events and projections computed from it."""
