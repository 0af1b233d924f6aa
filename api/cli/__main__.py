"""`python -m api.cli` is `punnet`."""

from api.cli import main

main()
