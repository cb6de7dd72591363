"""monitor.html: is the model still right?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tsgan.applications.monitor import plots
from tsgan.applications.monitor.alarms import FALSE_ALARMS
from tsgan.applications.monitor.front import SHORT
from tsgan.reports import page

if TYPE_CHECKING:
    from tsgan.applications.monitor.report import Monitoring

PACKAGE = "tsgan.applications.monitor"


def render(found: Monitoring) -> str:
    """The page as text."""
    return page.answer(
        "monitor.html.j2",
        PACKAGE,
        found.front,
        found.matrices,
        closing="An alarm says that forecasts and days no longer fit; that there is none does not say that they do.",
        period=found.period,
        warnings=found.warnings,
        made=found.made,
        origin=[("model", found.model_hash), ("data", found.data_hash)],
        step=found.period,
        share=f"{FALSE_ALARMS:.0%}",
        due=list(found.due),
        pits=plots.pits(found),
        headers=["Test", "Asset", "Evidence", "Limit", "False alarms a year", "Alarm since"],
        tests=[
            [
                SHORT[one.test],
                one.asset or "all together",
                f"{one.evidence[-1]:.2f}",
                f"{one.limit:.2f}",
                f"{one.share:.2%}",
                "none" if one.day is None else str(found.dates[one.day]),
            ]
            for one in found.alarms
        ],
    )
