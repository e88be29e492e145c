"""``python -m benchmarks [NAME ...]``: run some benchmarks, or all."""

import sys

from benchmarks import prepare

BENCHMARKS = {"prepare": prepare.main}


def main(names: list[str]) -> int:
    """Run the benchmarks named; say which there are if one is unknown."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(
            f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}"
        )
        return 2
    for name in names or BENCHMARKS:
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
