"""Daily use: new days into a model's state at once, and whether it is time to fit again."""

from tsgan.applications.updating.update import Update as Update
from tsgan.applications.updating.update import update as update
