"""Orders of array programs that need little memory, on plain integers."""

from lazyopt.schedule.bounds import forced_live
from lazyopt.schedule.problem import Problem, is_valid, successors
from lazyopt.schedule.search import EFFORTS, Schedule, best_order
from lazyopt.schedule.simulate import peak, timeline
from lazyopt.schedule.tables import Tables

__all__ = [
    "EFFORTS",
    "Problem",
    "Schedule",
    "Tables",
    "best_order",
    "forced_live",
    "is_valid",
    "peak",
    "successors",
    "timeline",
]
