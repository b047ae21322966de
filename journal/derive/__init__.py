"""Pure functions from facts to knowledge: no clock, no network, no files."""
