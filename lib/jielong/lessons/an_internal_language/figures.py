"""What "An internal language" draws: which translations come out right, and six meanings as the model sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jaxtyping import Float
from torch import Tensor

from jielong.lessons.an_internal_language.languages import IDEAS, LANGUAGES, NEW, say, text
from jielong.teaching.figures import Cloud, Html, heatmap, show
from jielong.teaching.text import Text

CHINESE = "貓 小孩 國王 狐狸 護士 看到 搬 找到 藏 蘋果 石頭 鼓 燈 船".split()


def translations(scores: Float[Tensor, "seeds pairs"], share: Mapping[str, Tensor]) -> Html:
    """A map of seven by seven languages: the share of sentences that is translated without a mistake."""
    names = [language.name for language in LANGUAGES]
    taught, closed, island = (share[road].mean().item() for road in ("taught", "closed", "island"))
    values = scores.mean(0).view(len(names), len(names)).tolist()
    return show(
        heatmap(values, names, names, number=".2f", x_label="into", y_label="from"),
        alt=(
            f"Mainland pairs that were taught: {taught:.2f} right; closed pairs: {closed:.2f}; "
            f"between mainland and island: {island:.2f}.",
            f"大陸上教過的語言對答對 {taught:.2f}，關閉的 {closed:.2f}，大陸與島之間 {island:.2f}。",
        ),
        zh={"into": "翻成", "from": "來源"},
    )


def six_meanings(
    plane: Float[Tensor, "frames points 2"], meanings: Sequence[int], near: Sequence[float], every: int
) -> Cloud:
    """Where sentences of seven languages lie while the model learns. meanings: which of `NEW`; near: how often the
    nearest sentence means the same; every: steps of training between two frames."""
    meant = [NEW[k] for k in meanings]
    names = [Text(" ".join(IDEAS[i] for i in ideas), "".join(CHINESE[i] for i in ideas)) for ideas in meant]
    places = [("mainland", "大陸"), ("island", "島")]
    groups = {
        "meaning": {"label": ("the meaning", "意思"), "names": names, "of": [*range(6)] * 7},
        "place": {"label": ("where it is spoken", "在哪裡說"), "names": places, "of": [0] * 30 + [1] * 12},
    }
    said = [
        (
            f"nearest sentence in another mainland language means the same: {r:.0%}",
            f"在另一種大陸語言裡，最近的句子意思相同：{r:.0%}",
        )
        for r in near
    ]
    glyphs = [text(say(meaning, k)) for k in range(7) for meaning in meant]
    slider = {"label": ("training steps", "訓練步數"), "values": [every * k for k in range(len(near))]}
    alt = ("Six meanings in seven languages, as the model sees them", "模型眼中，七種語言說的六個意思")
    return Cloud(plane, slider, groups, glyphs, said, alt, follow="meaning", start=4)
