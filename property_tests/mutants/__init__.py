"""Passes that are wrong on purpose, to show that `check_pass` can fail.

Most are a built-in pass with one guard switched off, so that they stay in
step with it; others are rewrites that people take for right. They stand by
the pass that they spoil. ``python -m property_tests.mutants`` prints how many
programs it takes to catch each.

Guards that no mutant here stands for, since without them nothing differs that
a program could see, or nothing that `check_pass` looks at:

=================================== ========================================
guard                               why it makes no difference
=================================== ========================================
share: ``output_storages``          ``shown`` has the nodes that lie there
share: ``t != s`` of partners       without it less is merged, nothing wrong
share: unknown calls have no key    they read what may be written, and are
                                    fixed for that; both are switched off
share: binding of keywords          without it less is merged
share, simplify: copies that other  one in some 200,000 random programs
  layouts make views                returns one: unit tests
share: ``max_bytes``                a budget, not a promise: unit tests
fold: operands are all constant     what can't be evaluated stays
fold: unknown calls, unknown sizes  no copy of known layout can be kept
fold: result agrees with its spec   differs only if inference is wrong
fold: ``theirs``, ``owndata``       a constant is never written
fold: results are frozen            what may be written to isn't folded
fold: items in ``_views_that_meet`` a call's own results are no views
fold: budget, and largest first     a budget, not a promise: unit tests
simplify: spec of a neutral number  what is dense already lies so
simplify: ``is_own``                others' ops of the same names: unit tests
simplify: arrays alone are inverted scalars only warn: unit tests
simplify: |x| of complex numbers    this NumPy gives no NaN with a sign
simplify: axes of flips, of moves   others leave other strides
simplify: one part is joined        the others are empty: the spec says it
lower: axes of new ones, of moves   other axes have another spec
lower: the peak                     what it compares has not been seen to rise
                                    in some thousand programs: unit tests
lower, simplify: other libraries    graphs here are NumPy's: unit tests
slice: axes of sums, of joins      the shape of a part is checked, too
slice: layouts, places of views     their shapes tell most: unit tests
slice: buffers, signs of NaNs       longer arrays are needed: unit tests
slice: where a mask's diagonal is   larger arrays are needed: unit tests
spill: gaps, views of several       no such value has waited in some thousand
                                    programs: unit tests
spill: what may read maps           maps hold the same bytes: unit tests
contract: sizes, labels, dtypes     the spec of the result says it
contract: operations are fewer      a claim of its record: unit tests
powers: numbers that are no arrays  their products round alike: unit tests
powers: those above the peak        reuse isn't run with it: unit tests
keys: sets, dicts, enums, partials  no argument of NumPy's: unit tests
rematerialise: views made again     old ones keep memory, no bits: unit tests
rematerialise: what is gone by then it is kept for longer: unit tests
=================================== ========================================
"""

from . import (
    contract,
    fold,
    fuse,
    keys,
    lower,
    powers,
    prune,
    rematerialise,
    reorder,
    reuse,
    rewrites,
    share,
    simplify,
    slicing,
    spilling,
)
from .spoiling import Pass

__all__ = ["MUTANTS", "TRAPS"]

#: By the pass that they spoil, and what they lose.
MUTANTS: dict[str, Pass] = {
    f"{module.__name__.rpartition('.')[2]}: {name}": mutant
    for module in (
        contract,
        fold,
        fuse,
        keys,
        lower,
        powers,
        prune,
        rematerialise,
        reorder,
        reuse,
        rewrites,
        share,
        simplify,
        slicing,
        spilling,
    )
    for name, mutant in module.MUTANTS.items()
}

#: What wrong pass stands for a trap of tests/traps, by its number. Traps
#: without one are about tracing, running or memory, and not about passes.
TRAPS: dict[int, tuple[str, ...]] = {
    1: ("keys: -1 is -2, as hashes are", "keys: -1 is -2 in slices"),
    2: ("keys: -0.0 is 0.0",),
    3: ("keys: numbers by ==", "keys: NumPy's scalars are Python's"),
    8: ("rewrites: reshape of reshape is one",),
    11: ("fold: random draws are folded",),
    14: ("share: keyword arguments are forgotten",),
    17: (
        "keys: arrays without the sign of zero",
        "keys: arrays without their layout",
        "keys: one NaN is another",
    ),
    18: ("share: outputs that show an input become one",),
    19: (
        "share: random draws are one",
        "prune: random draws are dropped",
        "rewrites: a draw is drawn again",
    ),
    21: ("fold: what is returned is folded",),
    22: ("prune: unknown calls are dropped",),
    23: (
        "share: merged across a write",
        "share: what is written into is merged",
    ),
    24: ("rewrites: x * 0 is 0", "simplify: x + 0.0"),
    25: ("rewrites: sqrt(x ** 2) is abs(x)", "rewrites: log(exp(x)) is x"),
    26: ("rewrites: (x + a) + b is x + (a + b)",),
    27: ("fold: folded in a narrower type", "fold: the shape is lost"),
    28: ("rewrites: an output is fused away",),
    29: ("rewrites: a group stands where it began",),
    30: ("reuse: what is read later is written over",),
    31: ("rewrites: a node is missing",),
    32: ("rewrites: two rules undo each other",),
    33: ("keys: keys are cut short",),
    34: ("share: keyword arguments are forgotten",),
    40: ("share: nothing changed, and yet another graph",),
    43: ("share: operands of a contraction become one",),
    44: ("simplify: a copy of what lies otherwise",),
    45: ("fold: the layout is lost",),
    46: ("fold: arrays become scalars",),
}
