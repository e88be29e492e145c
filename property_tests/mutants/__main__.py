"""A table of how many programs it takes to catch each mutant."""

import argparse
from statistics import median

from . import MUTANTS
from .counting import MOST, programs_until_caught


def main() -> None:
    """Print it."""
    parser = argparse.ArgumentParser(prog="python -m property_tests.mutants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=MOST)
    options = parser.parse_args()
    found = programs_until_caught(MUTANTS, options.most, options.seed)
    for name in MUTANTS:
        said = f"{found[name]:10,}" if name in found else "not caught"
        print(f"{name:55} {said:>10}")
    counts = [found.get(name, options.most + 1) for name in MUTANTS]
    print(f"{len(counts)} mutants, median {median(counts):,}")
    print(f"the most: {max(found.values()):,} of seed {options.seed}")


if __name__ == "__main__":
    main()
