"""Gotchas: failures that were met, what got past them, and what of it holds where."""
