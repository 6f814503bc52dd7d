"""Whatever a hook wraps can still be called in every way: by position and by keyword."""

import json
import subprocess
import sys

import pytest

LOOK = """
import inspect, json, sys
import tailback.systems.{name}.hook as hook
from tailback.systems.{name}.hook import _replace
made = []
def replace(owner, name, wrapper):
    original = vars(owner).get(name)
    _replace(owner, name, wrapper)
    now = vars(owner).get(name)
    if now is not original:
        names = lambda f, **how: [p.name for p in inspect.signature(f, **how).parameters.values()]
        made.append([name, names(original), names(now, follow_wrapped=False)])
hook._replace = replace
hook.install()
hook.install()
print(json.dumps(made))
"""


@pytest.mark.parametrize(("name", "least"), [("rq", 15), ("huey", 8)])
def test_a_wrapper_takes_what_it_names_by_the_names_of_the_original(name: str, least: int) -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOOK.format(name=name)], capture_output=True, text=True, check=True
    )

    wrapped = json.loads(told.stdout)

    assert len(wrapped) >= least
    for function, original, ours in wrapped:
        # The first is what the method belongs to, which nobody passes by keyword.
        named = [one for one in ours[1:] if one not in {"args", "kwargs"}]
        assert named == original[1 : len(named) + 1], function
