"""Ingest: what hooks spooled and sources have new goes into the store."""
