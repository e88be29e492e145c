"""What the `lazyopt` command does; `lazyopt.cli` reads the command line.

Each module has one command: a function that prints what it finds and returns
the exit status.
"""
