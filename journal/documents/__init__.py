"""SCRATCH.md, ENV.md and REPO_MAP.md: what the journal writes beside the person's own words."""
