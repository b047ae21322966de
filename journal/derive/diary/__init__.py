"""The diary of SCRATCH.md: from the facts of a story to Markdown."""
