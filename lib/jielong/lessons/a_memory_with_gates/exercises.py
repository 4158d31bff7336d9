"""Exercises of "A memory with gates": a fading average, a counter that a bell resets, and how long a gate remembers."""

from __future__ import annotations

import math
from typing import Any

from jielong.mixers.recurrent import Functions
from jielong.teaching.exercises import exercise


def _check_fading(answer: Any) -> str | None:
    f_A, f_B, f_C = answer(0.75)
    memory, seen = 0.0, []
    for x in [8.0] * 60:
        memory = f_A(memory) + f_B(x)
        seen.append(f_C(memory))
    wanted = [8 * (1 - 0.75 ** (t + 1)) for t in range(60)]
    if all(abs(a - b) < 1e-6 for a, b in zip(seen, wanted, strict=True)):
        return None
    if abs(seen[-1] - 32) < 1e-3:
        return "grows"
    return "swapped" if abs(seen[0] - 6) < 1e-6 else "other"


@exercise(
    "a-memory-with-gates/fading",
    check=_check_fading,
    wrong=[
        (lambda share: (lambda H: share * H, lambda x: x, lambda H: H), "grows"),
        (lambda share: (lambda H: (1 - share) * H, lambda x: share * x, lambda H: H), "swapped"),
        (lambda share: (lambda H: H, lambda x: x, lambda H: H), "other"),
    ],
    hints={
        "grows": (
            "Too much comes in: the memory ends above what it is fed. It keeps a share; how much may come in?",
            "進來的太多了，最後會超過餵進去的數。留下的是 share，那能進來的是多少？",
        ),
        "swapped": ("Turned around: `share` is what is kept.", "弄反了：share 是留下來的那一份。"),
        "other": (
            "f_A multiplies the old memory, f_B multiplies the input, and their two factors sum to one.",
            "f_A 乘在舊的記憶上，f_B 乘在輸入上，兩個倍數加起來是 1。",
        ),
    },
)
def fading(share: float) -> Functions:
    return Functions(lambda H: share * H, lambda x: (1 - share) * x, lambda H: H)


_BELLS = [1, 0, 0, 1, 1, 0, 0, 0]


def _check_since(answer: Any) -> str | None:
    memory, y, seen = 5, None, []
    for x in _BELLS:
        f_A, f_B, f_C = answer(x, y)
        memory = f_A(memory) + f_B(x)
        y = f_C(memory)
        seen.append(y)
    if seen == [0, 1, 2, 0, 0, 1, 2, 3]:
        return None
    if seen[0] == 1 and seen[1] == 2:
        return "one"
    return "never" if seen[-1] > 3 else "other"


@exercise(
    "a-memory-with-gates/since-bell",
    check=_check_since,
    wrong=[
        (lambda x, y: (lambda H: H, lambda x: 1, lambda H: H), "never"),
        (lambda x, y: (lambda H: H, lambda x: 1 - x, lambda H: H), "never"),
        (lambda x, y: (lambda H: (1 - x) * H, lambda x: 1, lambda H: H), "one"),
        (lambda x, y: (lambda H: 0, lambda x: 1 - x, lambda H: H), "other"),
    ],
    hints={
        "never": (
            "Your counter never goes back to zero. At the bell f_A has to drop everything: let it depend on x.",
            "你的計數器不會歸零。鈴響的時候 f_A 要把舊的全部丟掉：讓它看 x 決定。",
        ),
        "one": ("At the bell itself the count is 0, not 1.", "鈴響的那一步要是 0，不是 1。"),
        "other": (
            "Without a bell keep the count and add one; with a bell keep nothing and add nothing.",
            "沒有鈴：留著原來的數，再加 1。有鈴：不留，也不加。",
        ),
    },
)
def since_bell(x: int, y: int | None) -> Functions:
    return Functions(lambda H: (1 - x) * H, lambda x: 1 - x, lambda H: H)


def _check_half(answer: Any) -> str | None:
    got = [float(answer(gate)) for gate in (0.5, 0.25, 0.9, 0.99)]
    right = [math.log(0.5) / math.log(gate) for gate in (0.5, 0.25, 0.9, 0.99)]
    if all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(got, right, strict=True)):
        return None
    if all(math.isclose(a, math.ceil(b), rel_tol=1e-3) for a, b in zip(got, right, strict=True)):
        return None
    if all(math.isclose(a, -b, rel_tol=1e-3) for a, b in zip(got, right, strict=True)):
        return "sign"
    return "straight" if math.isclose(got[2], 5, rel_tol=1e-3) else "other"


@exercise(
    "a-memory-with-gates/half-life",
    check=_check_half,
    wrong=[
        (lambda gate: 0.5 / (1 - gate), "straight"),
        (lambda gate: math.log(2) / math.log(gate), "sign"),
        (lambda gate: 1 / (1 - gate), "other"),
    ],
    hints={
        "straight": (
            "It does not lose the same amount at each step, but the same share of what is left.",
            "每一步丟掉的不是一樣多，而是剩下的裡面一樣的比例。",
        ),
        "sign": ("Minus so many steps? The sign of the logarithm.", "負的步數？注意對數的正負號。"),
        "other": (
            "After n steps gate to the power n is left. Set it to one half and solve for n.",
            "走 n 步剩下 gate 的 n 次方。讓它等於二分之一，解出 n。",
        ),
    },
)
def half_life(gate: float) -> float:
    return math.log(0.5) / math.log(gate)
