"""What running a step would free, kept up to date as steps run."""

from lazyopt.schedule.problem import Problem

__all__ = ["Releases"]


class Releases:
    """Bytes that each step would free of what it reads.

    Parameters
    ----------
    problem
        The steps.

    Attributes
    ----------
    freed : list of int
        For each step the bytes of the storages that nobody else will read
        and that are not kept.
    """

    def __init__(self, problem: Problem) -> None:
        self._sizes, self._reads = problem.sizes, problem.reads
        # With two more, what is kept never comes down to its last reader.
        self._left = [2 * (s in problem.kept) for s in range(len(self._sizes))]
        self._readers = [0] * len(self._sizes)
        for v, row in enumerate(self._reads):
            for s in row:
                self._left[s] += 1
                self._readers[s] += v
        self.freed = [
            sum([self._sizes[s] for s in row if self._left[s] == 1])
            for row in self._reads
        ]

    def run(self, step: int) -> list[int]:
        """Note that a step ran; return the steps that free more now.

        The last reader of a storage is what remains of the sum of them all.
        """
        more = []
        for s in self._reads[step]:
            self._left[s] -= 1
            self._readers[s] -= step
            if self._left[s] == 1:
                last = self._readers[s]
                self.freed[last] += self._sizes[s]
                more.append(last)
        return more
