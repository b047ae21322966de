"""The doors: one module per source, and the only code that touches that source."""
