"""Hooks in and out of repositories, so that a repository is left byte for byte as it was found."""
