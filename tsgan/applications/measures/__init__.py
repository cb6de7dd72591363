"""What a set of paths says, however many there are: measured part by part, on one machine or on many."""

from tsgan.applications.measures.result import Measures as Measures
from tsgan.applications.measures.study import measure as measure
