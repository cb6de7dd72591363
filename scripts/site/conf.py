"""The site: pages in MyST markdown, notebooks that are executed, a reference that is read from the docstrings."""

import hashlib
import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from results_page import filled  # noqa: E402

import tsgan  # noqa: E402

HIDDEN_COLON = "\ue000"
SHARED_FIELD = re.compile(r":(ivar|param) (\w+(?:, \w+)+):")
BACKLINK = re.compile(r'(class="viewcode-back" href="(?:\.\./)+)([\w/]+)\.html#([\w.]+)')


def code_version() -> str:
    """Of the package's sources: notebooks are executed again when one of them has changed."""
    found = hashlib.sha256()
    for file in sorted(Path(tsgan.__file__).parent.rglob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()[:16]


project = "tsgan"
author = "the tsgan authors"
copyright = "the tsgan authors, Apache-2.0"
version = release = importlib.metadata.version("tsgan")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
source_suffix = {".md": "myst-nb"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
smartquotes = False

nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE.parents[1] / "build" / "notebooks" / code_version())
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
html_show_copyright = False


def fill_results(app: Sphinx, name: str, source: list[str]) -> None:
    """Put the figures of the studies where the results page asks for them."""
    if name == "results":
        source[0] = filled(source[0], HERE / "results")
        for file in (*(HERE / "results").glob("*.json"), HERE / "results_page.py"):
            app.env.note_dependency(file)


def left_out(app: Sphinx, what: str, name: str, found: Any, skip: bool, options: Any) -> bool | None:
    """What ``tsgan`` itself offers is documented there, and not again with the package that it comes from; fields of a
    named tuple are explained with the tuple."""
    at_door = name in tsgan.__all__ and getattr(tsgan, name) is found
    is_field = (getattr(found, "__doc__", None) or "").startswith("Alias for field number")
    return True if is_field or (at_door and app.env.docname != "reference/tsgan") else None


def keep_colons(app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """A colon in the first line of a property is a colon; napoleon would take what is before it for a type.

    It is hidden from napoleon, and :func:`as_written` shows it again.
    """
    if what in ("attribute", "property", "data") and lines:
        lines[0] = lines[0].replace(":", HIDDEN_COLON)


def as_written(app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Colons as they were; every name of ``draws, seed: ...`` as a field of its own; no emphasis where an annotation
    has a star, ``Float[Array, "*batch asset"]``."""
    written: list[str] = []
    begin, names = 0, None
    for line in [*lines, ""]:
        if not line.startswith(" ") and names is not None:
            kind, *each = names
            field, names = written[begin:], None
            text = field[0].split(":", 2)[2]
            written[begin:] = [part for one in each for part in (f":{kind} {one}:{text}", *field[1:])]
        if shared := SHARED_FIELD.match(line):
            begin, names = len(written), [shared[1], *shared[2].split(", ")]
        shown = line.replace(HIDDEN_COLON, ":")
        written.append(plain_types(shown).replace("*", r"\*") if line.startswith(":vartype ") else shown)
    lines[:] = written[:-1]


def plain_types(text: str) -> str:
    """Arrays without the modules that they come from."""
    return text.replace("jaxtyping.", "").replace("jaxlib._jax.", "").replace("collections.abc.", "")


def plain_signature(
    app: Sphinx, what: str, name: str, found: Any, options: Any, signature: str | None, result: str | None
) -> tuple[str | None, str | None]:
    """Plain types, and a default that is made anew each time as Sphinx can read it."""
    return signature and plain_types(signature).replace("<factory>", "..."), result and plain_types(result)


def mend_backlinks(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Links from sources to the reference: Sphinx takes all names of a file to be documented where the first one is."""
    if not page.startswith("_modules/") or "body" not in context:
        return
    entries = app.env.domains["py"].objects.values()  # type: ignore[attr-defined]
    known = {entry.node_id: entry.docname for entry in entries}

    def mended(link: re.Match[str]) -> str:
        document, name = link[2], link[3]
        if known.get(name) == document:
            return link[0]
        parts = name.split(".")
        endings = ("." + ".".join(parts[i:]) for i in range(1, len(parts)))
        found = [[n for n, where in known.items() if n.endswith(end) and where == document] for end in endings]
        best = next((names for names in found if len(names) == 1), None)
        return f"{link[1]}{document}.html#{best[0]}" if best else f"{link[1]}{document}.html"

    context["body"] = BACKLINK.sub(mended, context["body"])


def setup(app: Sphinx) -> None:
    app.connect("source-read", fill_results)
    app.connect("autodoc-skip-member", left_out)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("html-page-context", mend_backlinks)
    app.connect("autodoc-process-docstring", keep_colons, priority=100)
    app.connect("autodoc-process-docstring", as_written, priority=600)  # after napoleon, which writes them
