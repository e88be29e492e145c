"""``python -m benchmarks [NAME ...] [--OPTION ...]``: run some, or all.

Options go to the benchmarks named; `budget`, `coverage`, `distributed`,
`memory`, `schedule`, `speed`, `third_party` and `workspace` take some.
`coverage`, `speed` and `third_party` write pages of the docs.
"""

import sys
from collections.abc import Callable

from benchmarks import (
    budget,
    coverage,
    distributed,
    memory,
    prepare,
    schedule,
    speed,
    third_party,
    workspace,
)

BENCHMARKS: dict[str, Callable[[list[str]], None]] = {
    "budget": budget.main,
    "coverage": coverage.main,
    "distributed": distributed.main,
    "memory": memory.main,
    "prepare": lambda options: prepare.main(),
    "schedule": schedule.main,
    "speed": speed.main,
    "third_party": third_party.main,
    "workspace": workspace.main,
}


def main(arguments: list[str]) -> int:
    """Run the benchmarks named; say which there are if one is unknown."""
    names = [each for each in arguments if not each.startswith("-")]
    options = [each for each in arguments if each.startswith("-")]
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(
            f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}"
        )
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name](options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
