"""The command line: words in, one call down, text out."""
