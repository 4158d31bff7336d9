"""Pictures of what single heads are worth, of the search for a circuit, and of the circuit with its switches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.interpretability.circuits import Contrast, Head, Step
from jielong.scoring import first_tokens
from jielong.teaching.figures import Circuit, Html, heatmap, lines, show
from jielong.tokenizer import Tokenizer


def loss_by_position(
    whole: Float[Tensor, " positions"],
    blind: Float[Tensor, " positions"],
    others: Float[Tensor, "lots positions"],
    period: int,
) -> Html:
    """Lines: the loss along two copies of random tokens, with all heads, without the five and without five others."""
    return show(
        lines(
            range(2, len(whole) + 2),
            {"all heads": whole, "without the five": blind},
            {"without five others": others},
            x_label="position",
            y_label="loss (nats)",
        ),
        alt=(
            f"Loss by position. In the second copy it falls to {whole[period:].mean():.1f} with all heads and stays at "
            f"{blind[period:].mean():.1f} without the five.",
            f"每個位置的 loss。第二遍，全部 head 都在時降到 {whole[period:].mean():.1f}，"
            f"拿掉那五個還有 {blind[period:].mean():.1f}。",
        ),
        zh={
            "position": "位置",
            "loss (nats)": "loss（nats）",
            "all heads": "全部都在",
            "without the five": "拿掉那五個",
            "without five others": "拿掉別的五個",
        },
    )


def effect_of_each_head(effect: Float[Tensor, "layers heads"]) -> Html:
    """A map: what each head does for the right name, by layer and number."""
    layers, heads = effect.shape
    best, worst = divmod(int(effect.argmax()), heads), divmod(int(effect.argmin()), heads)
    return show(
        heatmap(
            effect.T,
            [str(head) for head in range(heads)],
            [str(layer) for layer in range(layers)],
            diverging=True,
            x_label="layer",
            y_label="head",
        ),
        alt=(
            f"Effect of each head: few count. Most for it {best[0]}.{best[1]}, most against it {worst[0]}.{worst[1]}.",
            f"每個 head 的影響：只有少數有差，最幫忙的是 {best[0]}.{best[1]}，最扯後腿的是 {worst[0]}.{worst[1]}。",
        ),
        zh={"layer": "第幾層", "head": "第幾個 head"},
        caption=("blue: for the right name; orange: against it", "藍色：幫忙答對；橘色：扯後腿"),
    )


def share_kept(steps: Sequence[Step]) -> Html:
    """A line: how much of the margin is kept as one candidate after another is tried."""
    now, kept = 1.0, []
    for step in steps:
        now = step.share if step.gone else now
        kept.append(now)
    return show(
        lines(
            range(1, len(steps) + 1),
            {"kept": kept},
            {"all heads": [1.0] * len(steps)},
            x_label="candidates tried",
            y_label="share of the margin",
        ),
        alt=(
            f"Share of the margin during the search, at the end {kept[-1]:.2f}.",
            f"搜尋過程中留住多少領先，最後是 {kept[-1]:.2f}。",
        ),
        zh={
            "kept": "留下的",
            "all heads": "全部都在",
            "candidates tried": "試過幾個",
            "share of the margin": "留住多少領先",
        },
    )


def circuit_with_switches(
    tokenizer: Tokenizer,
    sentence: Contrast,
    paths: Mapping[Head, tuple[int, int]],
    said: Float[Tensor, "subsets vocabulary"],
    intact: Float[Tensor, " vocabulary"],
) -> Circuit:
    """The circuit over the words of a sentence, and the chances of its names with each subset of the heads.

    paths: the positions from which and to which each head carries. said: the last logits with each subset of them,
    intact: with all heads of the model.
    """
    names = [sentence.right, *sentence.wrong]
    right, rival, *_ = tokens = first_tokens(tokenizer, names)
    words = [piece.strip() or "↵" for piece in tokenizer.pieces(tokenizer.encode(sentence.prompt))]
    heads = [{"name": f"{n}.{h}", "reads": reads, "writes": writes} for (n, h), (reads, writes) in paths.items()]
    return Circuit(
        words,
        heads,
        margins=said[:, right] - said[:, rival],
        chances=dict(zip(names, said.softmax(-1)[:, tokens].T, strict=True)),
        whole=((intact[right] - intact[rival]).item(), intact.softmax(-1)[tokens].tolist()),
        alt=(
            "The circuit as arrows between the words, with a switch for each head",
            "電路：字跟字之間的箭頭，每個 head 有一個開關",
        ),
    )
