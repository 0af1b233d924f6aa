"""The command line. Nothing heavy is imported before a command needs it."""

import os
import sys


def main() -> None:
    """Run `punnet`: 0 done, 1 what was asked failed, 2 wrong usage, 3 home busy or unreachable."""
    from api.cli.app import build_app
    from api.cli.failures import exit_status, told

    # Whatever this program and its children write is for nobody else.
    os.umask(0o077)
    try:
        build_app()(prog_name="punnet")
    except Exception as error:
        status = exit_status(error)
        if status is None:
            raise
        sys.stderr.write(f"punnet: {told(error)}\n")
        sys.exit(status)
