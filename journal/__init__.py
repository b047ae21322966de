"""journal: a git-hooked research journal and knowledge base for machine-learning researchers."""

__version__ = "0.1.0"
