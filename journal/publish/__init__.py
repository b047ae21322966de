"""The published timeline: one redacted document and the exporters over it."""
