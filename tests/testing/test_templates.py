"""Templates: each rewrite rule has work to do in them."""

import numpy as np
import pytest

from lazyopt.registry import find_pass, pass_names
from lazyopt.testing.coverage import Coverage, rule_names
from lazyopt.testing.decoder import decoded
from lazyopt.testing.instructions import INSTRUCTIONS, bait_for
from lazyopt.testing.operands import SMALL
from lazyopt.testing.pipelines import check_pipeline, is_exact
from lazyopt.testing.programs import prepared, random_codes
from lazyopt.testing.templates import TEMPLATES, template
from lazyopt.testing.trials import Trial


def test_templates_are_for_passes_that_there_are() -> None:
    assert {t.name for t in TEMPLATES} <= set(pass_names())


def test_bait_is_the_code_of_a_template() -> None:
    for name in {t.name for t in TEMPLATES}:
        for digits in range(20):
            code = bait_for(name, digits)
            assert code is not None
            assert INSTRUCTIONS[code % len(INSTRUCTIONS)] is template
            which = code // len(INSTRUCTIONS) % len(TEMPLATES)
            assert TEMPLATES[which].name == name
    assert bait_for("no such pass", 3) is None


@pytest.mark.parametrize("name", ["simplify", "lower"])
def test_every_rule_is_applied(name: str) -> None:
    """In some hundred programs with a template each."""
    item, coverage = find_pass(name), Coverage()
    rng = np.random.RandomState(0)
    with prepared():
        for digits in rng.randint(0, 1 << 40, 600).tolist():
            code = bait_for(name, digits)
            assert code is not None
            codes = [*random_codes(rng, 4, 9), code]
            trial = Trial.of_program(decoded(codes, SMALL))
            check_pipeline(trial, [item], coverage)
    wanted = rule_names([name])
    assert wanted
    assert not set(wanted) - set(coverage.rules)


def test_passes_that_round_are_compared_by_rounding() -> None:
    item = find_pass("contract")
    assert not is_exact([item])
    coverage, rng = Coverage(), np.random.RandomState(2)
    with prepared():
        for digits in rng.randint(0, 1 << 40, 20).tolist():
            code = bait_for("contract", digits)
            assert code is not None
            trial = Trial.of_program(decoded([int(rng.randint(99)), code]))
            check_pipeline(trial, [item], coverage)
    assert coverage.rules["contract: contracted anew"] > 0
