"""The door to Claude Code: its transcripts, read as events."""
