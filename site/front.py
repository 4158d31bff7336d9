"""What stands beside the editions: the page that chooses between them, the one for a wrong address, and what machines
ask for, a map of the site, what they may read, the releases. An address is written only where it is known."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from bookpages.languages import Edition
from bookpages.releases import releases
from jielong.files import write_text
from markdown_it import MarkdownIt

TITLE = "Jielong 接龍"
WHAT = (
    "A book on language models that runs, beside Hung-yi Lee's lectures. "
    "一本跑得動的語言模型書，伴著李宏毅老師的課一起讀。"
)

FIRST_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<meta name="description" content="{what}">
<link rel="icon" href="{first}/_static/favicon.svg">
<script>location.replace((navigator.language.startsWith("zh") ? "{last}" : "{first}") + "/index.html")</script>
<p>{links}</p>
</html>
"""

# A server shows it at any address below the book's: where the book begins, the script reads off that address.
NOT_FOUND = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>404 · {title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.7 system-ui, "Noto Sans CJK TC", sans-serif }}
body {{ max-width: 34rem; margin: 12vh auto; padding: 0 1.2rem }}
</style>
<h1>404</h1>
<p>There is no such page in this book. It may have moved:
<a data-to="{first}/search.html" href="{base}{first}/search.html">search the book</a>, or begin at
<a data-to="{first}/index.html" href="{base}{first}/index.html">its first page</a>.</p>
<p lang="zh-Hant-TW">這本書沒有這一頁，也許搬走了：可以<a data-to="{last}/search.html"
href="{base}{last}/search.html">搜尋這本書</a>，或從<a data-to="{last}/index.html"
href="{base}{last}/index.html">第一頁</a>開始。</p>
<script>
const below = location.pathname.match(/^(.*?\\/)(?:en|zh-TW)\\//);
if (below) for (const link of document.querySelectorAll("[data-to]")) link.href = below[1] + link.dataset.to;
</script>
</html>
"""


def write(output: Path, editions: Sequence[Edition], address: str | None, changes: str) -> None:
    """Put it all into `output`, where the editions lie; `changes`: the text of the changelog."""
    write_text(output / "index.html", first_page(editions))
    write_text(output / "404.html", not_found(editions, address))
    write_text(output / "robots.txt", robots(address))
    (output / ".nojekyll").touch()
    for name, text in (("sitemap.xml", sitemap(output, editions, address)), ("feed.xml", feed(changes, address))):
        if text:
            write_text(output / name, text)
        else:
            (output / name).unlink(missing_ok=True)


def first_page(editions: Sequence[Edition]) -> str:
    """The page that leads on to the edition in the reader's language, if it is there."""
    links = [f'<a href="{each.folder}/index.html" lang="{each.tag}">{each.label}</a>' for each in editions]
    first, last = editions[0].folder, editions[-1].folder
    return FIRST_PAGE.format(title=TITLE, what=escape(WHAT), first=first, last=last, links=" · ".join(links))


def not_found(editions: Sequence[Edition], address: str | None) -> str:
    base = urlsplit(address).path if address else "/"
    return NOT_FOUND.format(title=TITLE, base=base, first=editions[0].folder, last=editions[-1].folder)


def robots(address: str | None) -> str:
    """Everybody may read everything."""
    return "User-agent: *\nAllow: /\n" + (f"Sitemap: {address}sitemap.xml\n" if address else "")


def sitemap(output: Path, editions: Sequence[Edition], address: str | None) -> str:
    """Every page of every edition, and which pages say the same in another language."""
    if not address:
        return ""
    folder = output / editions[0].folder
    pages = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*.html") if "_static" not in path.parts
    )
    links = {
        page: "".join(_alternate(f"{address}{each.folder}/{page}", each.tag) for each in editions) for page in pages
    }
    lines = [
        f"<url><loc>{address}{edition.folder}/{page}</loc>{links[page]}</url>"
        for page in pages
        if page != "search.html"
        for edition in editions
    ]
    spaces = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {spaces}>\n' + "\n".join(lines) + "\n</urlset>\n"


def _alternate(address: str, tag: str) -> str:
    return f'<xhtml:link rel="alternate" hreflang="{tag}" href="{address}"/>'


def feed(changes: str, address: str | None) -> str:
    """The releases as Atom; nothing before the first of them."""
    found = releases(changes)
    if not found or not address:
        return ""
    entries = [
        f"<entry><title>{TITLE} {version}</title><id>{address}#{version}</id><updated>{day}T00:00:00Z</updated>"
        f'<link href="{address}"/><content type="html">{escape(MarkdownIt().render(words))}</content></entry>'
        for version, day, words in found
    ]
    head = f"<title>{TITLE}</title><id>{address}</id><updated>{found[0][1]}T00:00:00Z</updated>"
    links = f'<link href="{address}"/><link rel="self" href="{address}feed.xml"/><author><name>Jielong</name></author>'
    space = 'xmlns="http://www.w3.org/2005/Atom"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<feed {space}>{head}{links}\n' + "\n".join(entries) + "\n</feed>\n"
