"""contract: the same up to rounding, in no more operations or memory."""

import pytest
from hypothesis import given, note

from lazyopt.passes import Contract
from lazyopt.testing.decoder import decode
from lazyopt.testing.operands import TAME
from lazyopt.testing.programs import prepared
from lazyopt.testing.promises import check_trial
from lazyopt.testing.strategies import codes_for
from lazyopt.testing.trials import Trial

pytest.importorskip("opt_einsum")


@given(codes_for("contract"))
def test_contract_keeps_its_promises(codes: list[int]) -> None:
    program = decode(codes, TAME)
    note(program)
    with prepared():
        trial = Trial.of_program(program)
        after = check_trial(Contract(), trial, exact=False)
    assert after.flops <= trial.graph.flops
