"""The map of REPO_MAP.md: from a repository's files to Markdown."""
