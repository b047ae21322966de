"""The screen of `journal watch`: jobs, how far they are, what became of them, in one pane of a terminal."""
