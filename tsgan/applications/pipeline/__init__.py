"""``tsgan.run``: from prices to scenarios and a report."""

from tsgan.applications.pipeline.run import Run as Run
from tsgan.applications.pipeline.run import run as run
