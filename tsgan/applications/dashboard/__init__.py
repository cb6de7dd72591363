"""What a dashboard asks for again and again: a shock, a horizon, a portfolio, and the risk that they make."""

from tsgan.applications.dashboard.board import Board as Board
from tsgan.applications.dashboard.board import Risk as Risk
