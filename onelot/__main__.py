"""``python -m onelot`` is the ``onelot`` command."""

from onelot.cli.main import main

if __name__ == "__main__":
    main()
