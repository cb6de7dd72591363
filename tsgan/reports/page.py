"""One self-contained HTML page: what every report is made of.

A page is a template that extends ``base.html.j2`` (style for screen, phone and print, no network) and fills its blocks
``title``, ``main`` and ``footer``; ``parts.html.j2`` has what most pages need: verdict, list, checks, table, pictures.
Figures are made with :mod:`tsgan.reports.canvas`.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

from tsgan.files import atomic_path
from tsgan.owned import check_free
from tsgan.reports.numbers import number, p_text, percent
from tsgan.reports.period import DAY, Period

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = "tsgan.reports"

PLOTTED_ASSETS = 6
"""Assets that get plots of their own; tables list all of them."""


def render(
    template: str, package: str = HERE, *, period: Period = DAY, warnings: Sequence[str] = (), **values: Any
) -> str:
    """The page as text: a template of ``package``'s folder ``templates``, filled in; everything is escaped.

    Templates call the steps of a series ``{{ period.many }}``, so that names from the data are never taken for words.

    ``warnings`` stand above everything else: what makes the figures of the page doubtful.

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
    environment.filters |= {"number": number, "percent": percent, "p": p_text, "embedded": embedded}
    environment.globals |= {"version": metadata.version("tsgan"), "period": period, "warnings": tuple(warnings)}
    return environment.get_template(template).render(**values)


def write(page: str, file: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a page; OutputError where the file cannot be written, or exists and is not to be overwritten."""
    check_free(file, overwrite)
    with atomic_path(file) as temporary:
        temporary.write_text(page, encoding="utf-8")


def embedded(figure: Figure) -> str:
    """A figure as a ``data:`` address, the same bytes for the same figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
