"""The door to git: what a clone holds and what happened in it, read as events."""
