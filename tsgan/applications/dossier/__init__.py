"""The validation dossier of a model: what supervisors ask for, every figure computed."""

from tsgan.applications.dossier.report import Dossier as Dossier
from tsgan.applications.dossier.report import dossier as dossier
