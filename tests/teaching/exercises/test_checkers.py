"""What a check asks: an answer that is wrong in one place is not right, nor one made for a single question."""

import dataclasses
import inspect
import itertools
import math
import re
from functools import partial

import pytest
import torch
from jielong.mixers.recurrent import Functions
from jielong.teaching.exercises import all_exercises, grade

EXERCISES = {task.name: task for task in all_exercises()}
FUNCTIONS = [name for name, task in EXERCISES.items() if task.wants_function]
TENSORS = [
    name for name in FUNCTIONS if re.match(r"(\w+\[)?Tensor", EXERCISES[name].solution.__annotations__["return"])
]

FREE = {
    "a-direction-for-no/fair": {2},  # another seed's arrow: any will do
    "attention-by-hand/softmax": {1},  # large logits: must not overflow, and the first weight tells
    "between-the-layers/settle": {0, 2},  # the same question again, to tell mistakes apart
    "goal-look-act/loop": {1},  # without an end: only how long it goes on
}
"""The calls of a check that leave something of the result open."""

VARIED = {
    "a-direction-for-no/fair": "seed",
    "a-matrix-that-remembers/replace": "key",
    "a-memory-with-gates/since-bell": "x",
    "a-memory-with-gates/half-life": "gate",
    "a-model-of-the-model/tangent": "f s",
    "a-reason-for-every-shape/weights": "size kernel",
    "a-reason-for-every-shape/matrix": "kernel length",
    "an-internal-language/translators": "n",
    "an-internal-language/reachable": "target",
    "ask-the-middle/at-least-once": "p n",
    "ask-the-middle/pairs": "layers",
    "attention-by-hand/softmax": "logits",
    "attention-by-hand/spread": "d",
    "attention-by-hand/sharp-enough": "n share",
    "between-the-layers/settle": "tokens",
    "between-the-layers/place": "k",
    "borrowed-hands/next-letters": "written",
    "borrowed-hands/nearest": "question k",
    "borrowed-hands/worth": "heart price",
    "depth-and-length/units": "teeth depth",
    "depth-and-length/steps": "order moves",
    "depth-and-length/vote": "answers",
    "editing-and-merging/elect": "values",
    "erase-then-write/left": "beta n",
    "erase-then-write/error-after": "beta length",
    "everything-is-tokens/warp": "x",
    "goal-look-act/loop": "look act",
    "goal-look-act/wait": "n",
    "inside-the-box/projections": "width heads kv_heads",
    "keys-and-values/integrate": "slope x steps",
    "keys-and-values/own": "k",
    "lifelong-learning/forgotten": "before after",
    "making-its-own-tools/first-right": "candidates",
    "making-its-own-tools/pays-after": "make use",
    "making-its-own-tools/expected": "n",
    "notes-that-know-each-other/reach": "start steps",
    "notes-that-know-each-other/window": "lengths",
    "one-pass-by-hand/count": "layers heads",
    "pictures-without-attention/cheaper": "patch",
    "pictures-without-attention/deep-enough": "length window",
    "remembering-too-much/fit": "room",
    "rolling-the-die/temperature": "temperature",
    "rolling-the-die/entropy": "p",
    "the-art-of-forgetting/half-life": "gamma",
    "the-inner-theatre/survives": "p",
    "the-inner-theatre/worth": "game",
    "the-inner-theatre/arrives": "purse b",
    "the-price-of-looking-back/crossing": "heads kv_heads head_width",
    "the-price-of-looking-back/novel": "n",
    "the-race/half-life": "dt A",
    "the-race/one-in-n": "layers n a s words",
    "the-smallest-group/induction": "tokens",
    "the-smallest-group/spare": "parts",
    "the-smallest-group/runs": "heads",
    "transplants/pays": "heads kv_heads d",
    "transplants/choose": "harm most",
    "whom-to-believe/probability": "lean",
}
"""The parameters that a check gives more than one value, so that no answer passes that has one value built in."""

settle, fair = (EXERCISES[name].solution for name in ("between-the-layers/settle", "a-direction-for-no/fair"))
unit = partial(torch.nn.functional.normalize, dim=0)


def all_but_one_moved(examples, kept):
    """Every answer goes to the next word, but for one word that keeps its own."""
    words, said = zip(*examples, strict=True)
    moved = [*said[:kept], *said[kept + 1 :]]
    moved = [*moved[1:], moved[0]]
    return list(zip(words, [*moved[:kept], said[kept], *moved[kept:]], strict=True))


def eyes_closed(step, look, act, limit):
    """It acts until it is done, and looks before each step, but at one it does not use what it saw."""
    actions = []
    while len(actions) < limit and "done" not in actions:
        seen = look()
        actions.append(act(-1 if len(actions) == step else seen))
    return actions


MISTAKES = {
    "rolling-the-die/temperature": [
        (lambda logits, temperature: (2 * logits).softmax(-1), "other"),  # as if it were always 0.5
        (lambda logits, temperature: (logits / 3).softmax(-1), "other"),
        (lambda logits, temperature: (logits / min(temperature, 1)).softmax(-1), "other"),
    ],
    "rolling-the-die/entropy": [
        (lambda p: torch.tensor(1.0), "zero"),
        (lambda p: torch.tensor(float(len(p))).log2(), "zero"),
        (lambda p: -p.clamp(min=1e-9).log2().mean(), "zero"),
    ],
    "a-memory-with-gates/fading": [
        (lambda share: Functions(lambda H: share**2 * H, lambda x: (1 - share**2) * x, lambda H: H), "other"),
        (lambda share: Functions(lambda H: 0.9 * H, lambda x: 0.1 * x, lambda H: H), "other"),
        (lambda share: Functions(lambda H: 0 * H, lambda x: x, lambda H: H), "other"),
    ],
    "between-the-layers/settle": [
        (lambda tokens: settle(tokens) or len(tokens) - 1, "other"),  # wrong where it never changes its mind
        (lambda tokens: settle(tokens) if len(set(tokens)) < len(tokens) else 0, "other"),  # and where it always does
        (lambda tokens: settle(tokens) if len(tokens) > 1 else 1, "other"),
        (lambda tokens: min(settle(tokens), 2), "other"),
    ],
    "a-direction-for-no/fair": [
        (lambda v, seed: 0.8 * v + 0.6 * fair(v, seed), "length"),
        (lambda v, seed: v.norm() * unit(v + 0.5 * fair(v, seed)), "not-random"),
    ],
    "goal-look-act/loop": [(partial(eyes_closed, step), "looks") for step in range(3)],
    "examples-in-a-vector/deal": [(partial(all_but_one_moved, kept=kept), "own") for kept in range(6)],
}
"""Further wrong answers, each with the key of the hint that it gets."""

ALSO_RIGHT = {
    "a-memory-with-gates/half-life": lambda gate: math.ceil(math.log(0.5) / math.log(gate)),  # whole steps
    "erase-then-write/error-after": lambda beta, length: abs(1 - beta * length**2),  # how large it is
}
"""Other answers that a check takes."""

ANY_AXES = {
    "a-dictionary-of-features/dead",
    "a-matrix-that-remembers/replace",
    "editing-and-merging/add",
    "editing-and-merging/elect",
    "inside-the-box/step",
    "one-pass-by-hand/neuron",
    "rolling-the-die/temperature",
    "rolling-the-die/nucleus",
    "rolling-the-die/entropy",
    "who-does-what/guess",
}
"""The exercises on tensors that take the right numbers with an axis too many."""


@pytest.mark.parametrize("name", EXERCISES)
def test_an_answer_that_is_wrong_in_one_place_is_not_right(name):
    task = EXERCISES[name]
    if not task.wants_function:
        assert not any(grade(name, wrong).right for wrong in slips(task.answer))
        return
    assert free(task) == FREE.get(name, set())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_parameter_that_varies_can_be_built_in(name):
    task, varied = EXERCISES[name], []
    calls = asked(task)
    for place, parameter in enumerate(inspect.signature(task.solution).parameters):
        values = [arguments[place] for arguments, _ in (calls[0], calls[-1]) if place < len(arguments)]
        if values and not any(grade(name, built_in(place, value, task)).right for value in values):
            varied.append(parameter)
    assert " ".join(varied) == VARIED.get(name, "")


@pytest.mark.parametrize("name", MISTAKES)
def test_further_mistakes_get_their_hint(name):
    assert [grade(name, answer).key for answer, _ in MISTAKES[name]] == [key for _, key in MISTAKES[name]]


@pytest.mark.parametrize("name", ALSO_RIGHT)
def test_other_answers_are_right_too_and_not_wrong_in_one_place(name):
    assert grade(name, ALSO_RIGHT[name]).right
    assert not free(dataclasses.replace(EXERCISES[name], solution=ALSO_RIGHT[name]))


@pytest.mark.parametrize("name", TENSORS)
def test_the_right_numbers_in_another_shape_are_not_right(name):
    solution = EXERCISES[name].solution
    assert grade(name, lambda *arguments: solution(*arguments)[None]).right == (name in ANY_AXES)


def free(task):
    """The calls of the check in which an answer may be wrong and still is right."""
    answers = [(call, at(call, wrong, task)) for call, (_, result) in enumerate(asked(task)) for wrong in slips(result)]
    assert answers
    return {call for call, answer in answers if grade(task.name, answer).right}


def asked(task):
    """The calls that the check makes, each as its arguments and what the solution returns."""
    calls = []

    def answer(*arguments):
        result = task.solution(*arguments)
        calls.append((arguments, result.clone() if isinstance(result, torch.Tensor) else result))
        return result

    assert task.check(answer) is None
    return calls


def at(call, wrong, task):
    """The solution, but for one call."""
    count = itertools.count()

    def answer(*arguments):
        result = task.solution(*arguments)
        return wrong if next(count) == call else result

    return answer


def built_in(place, value, task):
    """The solution, for one value of a parameter, whatever it is given."""
    return lambda *arguments: task.solution(*arguments[:place], value, *arguments[place + 1 :])


def slips(result):
    """Results that are wrong in one place: another number, word or truth there, or an entry too many or missing."""
    if isinstance(result, torch.Tensor):
        yield from (moved(result, place) for place in range(result.numel()))
    elif isinstance(result, (list, tuple)):
        make = getattr(result, "_make", type(result))
        if make in (list, tuple):
            yield make([*result, *(result[-1:] or [0])])
        for place, entry in enumerate(result):
            yield from (make([*result[:place], wrong, *result[place + 1 :]]) for wrong in slips(entry))
    elif isinstance(result, dict):
        for key, entry in result.items():
            yield from ({**result, key: wrong} for wrong in slips(entry))
    elif isinstance(result, (set, frozenset)):
        yield result | {"x"}
        yield from (result - {entry} for entry in result)
    elif callable(result):
        yield lambda *arguments: next(slips(result(*arguments)))
    elif isinstance(result, str):
        yield result + "x"
    else:
        yield not result if isinstance(result, bool) else 1 + (result or 0)


def moved(x, place):
    """A tensor with another number, or the other truth, at one place."""
    flat = x.clone().flatten()
    flat[place] = ~flat[place] if x.dtype == torch.bool else flat[place] + 1
    return flat.view(x.shape)
