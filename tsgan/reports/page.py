"""One self-contained HTML page: what every report is made of.

A page is a template that extends ``base.html.j2`` (style for screen, phone and print, no network) and fills its blocks
``title``, ``main`` and ``footer``; ``parts.html.j2`` has what most pages need: verdict, list, checks, table, pictures.
Figures are made with :mod:`tsgan.reports.canvas`.
"""

from __future__ import annotations

import base64
import io
import os
import re
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

from tsgan.files import atomic_path
from tsgan.reports.numbers import number, p_text, percent
from tsgan.reports.period import DAY, Period

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = "tsgan.reports"

PLOTTED_ASSETS = 6
"""Assets that get plots of their own; tables list all of them."""

_MARKUP = re.compile(r"(<style.*?</style>|<script.*?</script>|<pre.*?</pre>|<code.*?</code>|<[a-zA-Z/!][^>]*>)", re.S)
_DAYS = re.compile(r"(?<![A-Za-z_/.])(?:trading )?([dD])ay(s?)(?![A-Za-z_/])")
_DAILY = re.compile(r"(?<![A-Za-z_/.])([dD])aily(?![A-Za-z_/])")


def render(template: str, package: str = HERE, *, period: Period | str = DAY, **values: Any) -> str:
    """The page as text: a template of ``package``'s folder ``templates``, filled in; everything is escaped.

    Templates call the steps of a series ``{{ period.many }}``.  Where ``period`` is a name instead (``week``), words
    and pictures are written in days, and made to say weeks afterwards.

    Beside Jinja's own there are the filters ``number`` (significant digits, a dash for what does not exist),
    ``percent`` (of a share), ``p`` (of a p-value) and ``embedded`` (a figure as the ``src`` of an ``<img>``), and the
    globals ``period`` and ``version``.  A name that ``values`` lacks is an error.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(name) for name in dict.fromkeys((package, HERE))]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    name = "day" if isinstance(period, Period) else period
    pictured = partial(embedded, period=name)
    environment.filters |= {"number": number, "percent": percent, "p": p_text, "embedded": pictured}
    environment.globals |= {
        "version": metadata.version("tsgan"),
        "period": period if isinstance(period, Period) else Period.of(period),
    }
    return reworded(environment.get_template(template).render(**values), name)


def reworded(page: str, period: str) -> str:
    """A page, or a plain text, that speaks of weeks, months, ... where it spoke of days; tags and styles stay."""
    if period == "day":
        return page
    each = {"week": "weekly", "month": "monthly", "quarter": "quarterly", "year": "yearly"}[period]

    def in_words(part: str) -> str:
        part = _DAYS.sub(lambda found: (period.title() if found[1] == "D" else period) + found[2], part)
        return _DAILY.sub(lambda found: each.title() if found[1] == "D" else each, part)

    return "".join(part if _MARKUP.fullmatch(part) else in_words(part) for part in _MARKUP.split(page))


def write(page: str, file: str | os.PathLike[str]) -> None:
    """Write a page; OutputError where the file cannot be written."""
    with atomic_path(file) as temporary:
        temporary.write_text(page, encoding="utf-8")


def embedded(figure: Figure, period: str = "day") -> str:
    """A figure as a ``data:`` address, the same bytes for the same figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    for text in figure.findobj(Text) if period != "day" else []:
        if isinstance(text, Text) and text.get_text():
            text.set_text(reworded(text.get_text(), period))

    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
