"""The door to the machine: its hardware, its site's software and its Python, read as facts."""
