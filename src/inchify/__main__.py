"""``python -m inchify VERB``: the command line."""

from inchify.app.cli import main

if __name__ == "__main__":
    main()
