"""One self-contained HTML page: what every report is made of.

A page is a template that extends ``base.html.j2`` (style for screen, phone and print, no network) and fills its blocks
``title``, ``main`` and ``footer``; ``parts.html.j2`` has what most pages need: first screen, matrix, folded parts,
list, checks, table, pictures.  Pages of answers extend ``answer.html.j2`` instead, take a Front and matrices
(:mod:`tsgan.reports.front`), and fill ``detail``: see :func:`answer`.  Figures are made with
:mod:`tsgan.reports.canvas`.
"""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

from tsgan.files import atomic_path
from tsgan.owned import check_free
from tsgan.reports.numbers import number, p_text, percent
from tsgan.reports.period import DAY, Period

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsgan.reports.front import Front, Matrix
    from tsgan.reports.made import Made

HERE = "tsgan.reports"

PLOTTED_ASSETS = 6
"""Assets that get plots of their own; tables list all of them."""


def answer(
    template: str,
    package: str,
    front: Front,
    matrices: Sequence[Matrix] = (),
    *,
    closing: str = "",
    lead: str = "",
    tag: str = "",
    **values: Any,
) -> str:
    """The page of an answer: :func:`render` of a template that extends ``answer.html.j2``.

    Args:
        front, matrices: the first screen, and what comes next.
        closing: what a reader must not forget, at the foot.
        lead: what the title in the browser's tab begins with; and
        tag: markup after the question and every caption, such as a warning that must stand beside every number.
    """
    return render(template, package, front=front, matrices=matrices, closing=closing, lead=lead, tag=tag, **values)


def render(
    template: str,
    package: str = HERE,
    *,
    period: Period = DAY,
    warnings: Sequence[str] = (),
    made: Made | None = None,
    origin: Sequence[tuple[str, str]] = (),
    **values: Any,
) -> str:
    """The page as text: a template of ``package``'s folder ``templates``, filled in; everything is escaped.

    Templates call the steps of a series ``{{ period.many }}``, so that names from the data are never taken for words.

    ``warnings`` stand above everything else: what makes the figures of the page doubtful.  ``made`` and ``origin``
    (names and values, such as ``model`` and its hash) stand at the foot.

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
    environment.globals |= {"made": made, "origin": tuple(origin)}
    return _unbroken(environment.get_template(template).render(**values))


_DATE = re.compile(r"(?<![\w.-])\d{4}-\d{2}-\d{2}(?![\w.-]*\w)")
_KEPT = re.compile(r"(<title>.*?</title>|<style>.*?</style>|<time>.*?</time>|<[^>]*>)", re.DOTALL)


def _unbroken(page: str) -> str:
    """The page with its dates in ``<time>``, which lines do not break: browsers would, after each hyphen."""
    parts = _KEPT.split(page)
    return "".join(part if i % 2 else _DATE.sub(r"<time>\g<0></time>", part) for i, part in enumerate(parts))


def write(page: str, file: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write a page; OutputError where the file cannot be written, or exists and is not to be overwritten."""
    check_free(file, overwrite)
    with atomic_path(file) as temporary:
        temporary.write_text(page, encoding="utf-8")


DPI = 150
"""Dots an inch of a page's figures."""


def embedded(figure: Figure) -> str:
    """A figure as a ``data:`` address, the same bytes for the same figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer, layout, dpi = io.BytesIO(), figure.get_layout_engine(), figure.dpi
    FigureCanvasAgg(figure)
    figure.set_dpi(DPI)
    if layout is not None:  # found once: saving finds it twice, to the same end
        layout.execute(figure)
        figure.set_layout_engine("none")
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    figure.set_dpi(dpi)
    figure.set_layout_engine(layout or "none")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
