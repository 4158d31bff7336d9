"""Exercises of "The price of looking back": where the bills cross, linear attention without a loop, a whole novel."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from jielong.mixers import linear_attention
from jielong.teaching.exercises import exercise


def _check_crossing(answer: Any) -> str | None:
    sizes = [(9, 3, 64), (32, 32, 128), (8, 2, 16)]
    got = [answer(*size) for size in sizes]
    if got == [crossing(*size) for size in sizes]:
        return None
    if got == [2 * crossing(*size) for size in sizes]:
        return "keys-only"
    return "not-shared" if got == [width / 2 for _, _, width in sizes] else "other"


@exercise(
    "the-price-of-looking-back/crossing",
    check=_check_crossing,
    wrong=[
        (lambda heads, kv_heads, head_width: heads * head_width / kv_heads, "keys-only"),
        (lambda heads, kv_heads, head_width: head_width / 2, "not-shared"),
        (lambda heads, kv_heads, head_width: head_width**2, "other"),
    ],
    hints={
        "keys-only": (
            "Twice too many: a word leaves a key and a value in the cache.",
            "多了一倍：每個字在 cache 裡留下一個 key，還有一個 value。",
        ),
        "not-shared": (
            "Right if every head had its own keys. Here only kv_heads of them are kept, but every head has a matrix.",
            "如果每個 head 都有自己的 key，這樣就對了。這裡 cache 只存 kv_heads 份，矩陣卻是每個 head 一個。",
        ),
        "other": (
            "Write down both sizes for n words: numbers in the cache on one side, in the matrices on the other.",
            "先把 n 個字的時候兩邊各有幾個數字寫下來：一邊是 cache，一邊是矩陣。",
        ),
    },
)
def crossing(heads: int, kv_heads: int, head_width: int) -> float:
    a_word_in_the_cache = 2 * kv_heads * head_width
    matrices = heads * head_width**2
    return matrices / a_word_in_the_cache


def _check_read_all(answer: Any) -> str | None:
    q, k, v = torch.randn(3, 1, 1, 7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    true = linear_attention.recurrent(q, k, v)[0][0, 0]
    scores = q[0, 0] @ k[0, 0].T
    got = torch.as_tensor(answer(q[0, 0], k[0, 0], v[0, 0])).double()
    if got.shape == true.shape and torch.allclose(got, true, atol=1e-4):
        return None
    if got.shape == true.shape and torch.allclose(got, scores @ v[0, 0], atol=1e-4):
        return "the-future"
    if got.shape == true.shape and torch.allclose(got, scores.tril(-1) @ v[0, 0], atol=1e-4):
        return "itself"
    return "other"


@exercise(
    "the-price-of-looking-back/read-all",
    check=_check_read_all,
    wrong=[
        (lambda q, k, v: (q @ k.T) @ v, "the-future"),
        (lambda q, k, v: (q @ k.T).tril(-1) @ v, "itself"),
        (lambda q, k, v: (q @ k.T).tril().softmax(-1) @ v, "other"),
    ],
    hints={
        "the-future": (
            "These queries read what is not written yet. Which half of the score table must be zero?",
            "這些 query 讀到了還沒寫進去的東西。分數表的哪一半應該是零？",
        ),
        "itself": (
            "Nearly: each position writes first and reads then, so it may read its own pair. Keep the diagonal.",
            "差一點：每個位置先寫再讀，所以自己那一筆也讀得到。對角線要留著。",
        ),
        "other": (
            "Scores are q · k for every pair of positions, zero above the diagonal, and then times v. No softmax.",
            "分數就是每一對位置的 q · k，對角線以上填零，再乘上 v。不要 softmax。",
        ),
    },
)
def read_all(
    q: Float[Tensor, "time width"], k: Float[Tensor, "time width"], v: Float[Tensor, "time width"]
) -> Float[Tensor, "time width"]:
    return (q @ k.T).tril() @ v


def _check_novel(answer: Any) -> str | None:
    got = [answer(n) for n in (1, 4, 100)]
    if got == [1, 10, 5050]:
        return None
    if got == [0, 6, 4950]:
        return "itself"
    return "each-once" if got == [1, 4, 100] else "other"


@exercise(
    "the-price-of-looking-back/novel",
    check=_check_novel,
    wrong=[
        (lambda n: n * (n - 1) // 2, "itself"),
        (lambda n: n, "each-once"),
        (lambda n: n * n, "other"),
    ],
    hints={
        "itself": (
            "Nearly: the new word looks at itself, too.",
            "差一點：新的字也會看自己。",
        ),
        "each-once": (
            "That is the RNN's bill: every word read once. Attention starts from the first page again each time.",
            "這是 RNN 的帳單：每個字只讀一次。attention 每次都從第一頁重新看起。",
        ),
        "other": (
            "One for the first word, two for the second, three for the third. What is the sum?",
            "第一個字看一個，第二個字看兩個，第三個看三個。全部加起來是多少？",
        ),
    },
)
def novel(n: int) -> int:
    return n * (n + 1) // 2
