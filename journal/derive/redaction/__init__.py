"""Takes secrets and this machine's identity out of text that is about to leave it."""
