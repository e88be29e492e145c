"""Which axes a call treats independently, and the call on part of one.

`demands` is the question that passes ask; `chunked` makes of a body the body
for fewer elements along the axis.
"""

from lazyopt.slicing.chunks import chunked, keeps_layout
from lazyopt.slicing.rules import demands, partial_sum

__all__ = ["chunked", "demands", "keeps_layout", "partial_sum"]
