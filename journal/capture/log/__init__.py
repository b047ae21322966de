"""The door to job logs: files of any size and content that others write while they are read."""
