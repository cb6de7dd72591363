"""Daily use: new days into a model's state at once, and whether it is time to fit again."""

from tsgan.applications.updating.daily import Update as Update
from tsgan.applications.updating.daily import update as update
