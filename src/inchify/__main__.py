"""``python -m inchify VERB``: the command line."""

from inchify.cli.main import main

if __name__ == "__main__":
    main()
