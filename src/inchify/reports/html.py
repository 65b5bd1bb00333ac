"""Self-contained HTML pages from texts, pictures and numbers.

Whatever comes from outside (file names, predictions) is escaped here and only here.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from html import escape

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"BM": "image/bmp",
}

STYLE = """
:root { color-scheme: light; --ink: #1d2433; --soft: #667085; --line: #e4e7ec; --paper: #fff;
  --ground: #f6f7f9; --bad: #b42318; --bad-ground: #fee4e2; --good: #067647;
  --good-ground: #d1fadf; --accent: #3558a8; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1180px; padding: 32px 24px 64px; background: var(--ground);
  color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 40px 0 12px; }
.soft { color: var(--soft); }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin: 0 0 16px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 16px; }
.columns .card { margin: 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 8px; text-align: right; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; font-size: 13px; }
th:first-child, td:first-child { text-align: left; }
tr:last-child td { border-bottom: 0; }
.bar { height: 10px; background: var(--accent); border-radius: 2px; }
td.chart { width: 45%; }
.head { display: flex; gap: 12px; align-items: baseline; flex-wrap: wrap; margin-bottom: 10px; }
.head b { font-size: 16px; overflow-wrap: anywhere; }
.badge { background: var(--bad-ground); color: var(--bad); border-radius: 99px;
  padding: 1px 10px; font-size: 13px; font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 12px; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: 8px;
  display: flex; flex-direction: column; min-height: 180px; background: #fff; }
figure > div { flex: 1; display: flex; align-items: center; justify-content: center; }
figure img, figure svg { max-width: 100%; height: auto; max-height: 260px; }
figcaption { color: var(--soft); font-size: 13px; text-align: center; padding-top: 6px; }
.string { font: 13px/1.65 ui-monospace, "DejaVu Sans Mono", Menlo, monospace;
  overflow-wrap: anywhere; margin: 12px 0 0; padding-left: 92px; position: relative; }
.string span { position: absolute; left: 0; color: var(--soft);
  font: 13px/1.65 system-ui, "Segoe UI", Roboto, sans-serif; }
mark { border-radius: 3px; padding: 0 1px; }
mark.lost { background: var(--good-ground); color: var(--good); }
mark.wrong { background: var(--bad-ground); color: var(--bad); }
"""

# A page may show what it contains and load nothing; the browser enforces it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(title: str, body: str) -> str:
    """A complete HTML document; ``body`` is HTML already, ``title`` is text."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def text(content: str) -> str:
    """Text for a page: escaped, and what no page can hold (lone surrogates) as a question mark."""
    return escape(content.encode("utf-8", "replace").decode("utf-8"))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts; the first column is the name of the row."""
    head = "".join(f"<th>{text(cell)}</th>" for cell in header)
    body = "".join(
        "<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f"<table>\n<tr>{head}</tr>\n{body}</table>"


def bars(header: Sequence[str], rows: Sequence[tuple[str, int]]) -> str:
    """A table of counts with a bar for each, the longest one full."""
    maximum, total = max([count for _, count in rows] + [1]), sum(count for _, count in rows) or 1
    head = "".join(f"<th>{text(cell)}</th>" for cell in header)
    body = "".join(
        f"<tr><td>{text(name)}</td><td>{count:,}</td><td>{count / total:.1%}</td>"
        f'<td class="chart"><div class="bar" style="width:{count / maximum:.1%}"></div></td></tr>\n'
        for name, count in rows
    )
    return f"<table>\n<tr>{head}</tr>\n{body}</table>"


def picture(content: bytes, name: str) -> str:
    """A picture inside the page; empty for bytes that browsers do not show as one."""
    for signature, kind in SIGNATURES.items():
        if content.startswith(signature):
            data = base64.b64encode(content).decode("ascii")
            return f'<img alt="{text(name)}" src="data:{kind};base64,{data}">'
    return ""


def figure(content: str, caption: str, missing: str) -> str:
    """A figure around HTML ``content``; where that is empty, the text ``missing``."""
    shown = content or f'<span class="soft">{text(missing)}</span>'
    return f"<figure><div>{shown}</div><figcaption>{text(caption)}</figcaption></figure>"


def marked(truth: str, prediction: str) -> tuple[str, str]:
    """Both strings as HTML, with the characters marked in which they differ."""
    true_parts, predicted_parts = [], []
    matcher = SequenceMatcher(None, truth, prediction, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        true_part, predicted_part = text(truth[i:j]), text(prediction[k:m])
        if kind != "equal":
            true_part = f'<mark class="lost">{true_part}</mark>' if j > i else ""
            predicted_part = f'<mark class="wrong">{predicted_part}</mark>' if m > k else ""
        true_parts.append(true_part)
        predicted_parts.append(predicted_part)
    return "".join(true_parts), "".join(predicted_parts)
