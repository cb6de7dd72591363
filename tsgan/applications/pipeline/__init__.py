"""``tsgan.run``: from prices to scenarios and a report; ``tsgan.runs``: what such runs have left."""

from tsgan.applications.pipeline.run import Run as Run
from tsgan.applications.pipeline.run import run as run
from tsgan.applications.pipeline.runs import Runs as Runs
from tsgan.applications.pipeline.runs import runs as runs
