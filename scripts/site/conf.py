"""The site: pages in MyST markdown, notebooks that are executed, a reference that is read from the docstrings."""

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from results_page import filled  # noqa: E402

project = "tsgan"
author = "the tsgan authors"
copyright = "the tsgan authors, Apache-2.0"
version = release = importlib.metadata.version("tsgan")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
source_suffix = {".md": "myst-nb"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE.parents[1] / "build" / "notebooks")
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_execution_excludepatterns = [] if importlib.util.find_spec("skfolio") else ["gallery/skfolio.md"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = f"tsgan {release}"
html_static_path = ["_static"]
html_css_files = ["tsgan.css"]


def fill_results(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the figures of the studies where the results page asks for them."""
    if name == "results":
        source[0] = filled(source[0], HERE / "results")


def setup(app: Sphinx) -> None:
    app.connect("source-read", fill_results)
