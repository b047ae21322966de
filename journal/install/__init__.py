"""Hooks in and out of a repository, leaving no trace behind."""
