"""``python -m rtplan``: the command line, also where no console script could be installed."""

import sys

from rtplan.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
