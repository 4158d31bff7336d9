"""Everyday words in five languages, and how to ask for a translation by example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from jielong.arguments import indices
from jielong.tokenizer import Tokenizer

LANGUAGES = "English", "Spanish", "French", "German", "Chinese"
OWN_NAMES = {"English": "English", "Spanish": "Español", "French": "Français", "German": "Deutsch", "Chinese": "中文"}
WORDS = """
cat gato chat Katze 猫   dog perro chien Hund 狗
house casa maison Haus 房子   book libro livre Buch 书
sun sol soleil Sonne 太阳   bread pan pain Brot 面包
milk leche lait Milch 牛奶   day día jour Tag 日
heart corazón coeur Herz 心   fire fuego feu Feuer 火
tree árbol arbre Baum 树   red rojo rouge rot 红
black negro noir schwarz 黑   green verde vert grün 绿
child niño enfant Kind 孩子   girl chica fille Mädchen 女孩
brother hermano frère Bruder 兄弟   school escuela école Schule 学校
city ciudad ville Stadt 城市   sea mar mer Meer 海
fish pez poisson Fisch 鱼   wine vino vin Wein 酒
work trabajo travail Arbeit 工作   time tiempo temps Zeit 时间
year año an Jahr 年   earth tierra terre Erde 地球
eye ojo oeil Auge 眼
""".split()
TABLE = {language: WORDS[k :: len(LANGUAGES)] for k, language in enumerate(LANGUAGES)}
"""The same 27 things in each language. In the first four, no two words begin with the same token of SmolLM2's."""
BEGUN = dict(
    zip(
        """
一，二，三，四， 五，六，七， 二，三，四， 三，四，五， 四，五，六， 六，七，八， 七，八，九， 我爱你，你爱
星期一，星期二，星期 春天，夏天，秋天， 东，南，西， 上和下，左和 大和小，多和 黑和 爸爸和
""".split(),
        "five eight five six seven nine ten me three winter north right few white mother".split(),
        strict=True,
    )
)
"""Chinese that anybody would finish, and the English of the word that is missing."""


class Run(NamedTuple):
    """Words translated after some examples. places: of the right word in each language, by layer.

    right: the share of right answers. says: each answer's first token.
    """

    places: Mapping[str, Float[Tensor, "depths words"]]
    right: float
    says: Sequence[str]


def check(**languages: str) -> None:
    """Raise ValueError where one of these is none of `LANGUAGES`."""
    for name, language in languages.items():
        if language not in LANGUAGES:
            raise ValueError(f"{name}={language!r} must be one of {LANGUAGES}")


def translation_prompts(source: str, target: str, examples: Sequence[int]) -> tuple[str, list[int], list[str]]:
    """A prefix with worked examples (rows of the table), the rows that are left, and a tail that asks for each."""
    check(source=source, target=target)
    indices(len(TABLE[source]), examples=list(examples))
    named, other = OWN_NAMES[source], OWN_NAMES[target]
    pairs = list(zip(TABLE[source], TABLE[target], strict=True))
    shown = "".join(f"{named}: {pairs[k][0]}\n{other}: {pairs[k][1]}\n\n" for k in examples)
    left = [k for k in range(len(pairs)) if k not in examples]
    return f"\n{shown}{named}:", left, [f" {pairs[k][0]}\n{other}:" for k in left]


def word_tokens(tokenizer: Tokenizer, language: str, rows: Sequence[int]) -> list[int]:
    """Each word's first token, with the space before it; a Chinese one may be a space alone, then its second."""
    check(language=language)
    indices(len(TABLE[language]), rows=list(rows))
    ids = [tokenizer.encode(" " + TABLE[language][k]) for k in rows]
    space = tokenizer.encode(" ")
    return [row[1] if row[:1] == space else row[0] for row in ids]
