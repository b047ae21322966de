"""Tables computed from events, one file a family of kinds."""
