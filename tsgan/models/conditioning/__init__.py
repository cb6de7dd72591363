"""Paths GIVEN an event, however rare, and its probability: importance sampling and subset simulation."""

from tsgan.models.conditioning.conditional import Conditional as Conditional
from tsgan.models.conditioning.conditional import condition as condition
from tsgan.models.conditioning.conditional import select as select
from tsgan.models.conditioning.design_points import DesignPoints as DesignPoints
from tsgan.models.conditioning.events import Event as Event
from tsgan.models.conditioning.events import Target as Target
from tsgan.models.conditioning.grammar import TOLERANCE as TOLERANCE
from tsgan.models.conditioning.grammar import Condition as Condition
from tsgan.models.conditioning.grammar import parse_event as parse_event
from tsgan.models.conditioning.noise_map import NoiseMap as NoiseMap
