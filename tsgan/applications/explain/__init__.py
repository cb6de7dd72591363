"""Explanations: what drives volatility, what news would do to it, and what made one scenario what it is."""

from tsgan.applications.explain.attribution import Attribution as Attribution
from tsgan.applications.explain.decomposition import Decomposition as Decomposition
from tsgan.applications.explain.explanation import Explanation as Explanation
from tsgan.applications.explain.explanation import explain as explain
from tsgan.applications.explain.news import NewsImpact as NewsImpact
