"""`python -m journal`: the same as the `journal` command."""

from journal.cli.main import main

if __name__ == "__main__":
    main()
