"""The base that every page is built on."""

import re

import pytest
from jinja2 import DictLoader, UndefinedError

from tsgan.errors import OutputError
from tsgan.reports import page
from tsgan.reports.canvas import Plot, Section, canvas

TEMPLATE = """{% extends "base.html.j2" %}{% import "parts.html.j2" as parts %}
{% block title %}{{ name }}{% endblock %}
{% block main %}<h1>{{ name }}</h1>{{ parts.verdict([name]) }}{{ parts.description([("loss", 0.123456 | number)]) }}
{{ parts.table("T", ["a", "b"], [[name, 1.5 | number]], words=(1,), marked=(0,), tag=tag) }}
{{ parts.pictures(section) }}{% endblock %}"""


@pytest.fixture
def rendered(monkeypatch):
    """Renders TEMPLATE as if it lay in a package of its own."""
    import jinja2

    real = jinja2.PackageLoader
    loaders = {"elsewhere": DictLoader({"mine.html.j2": TEMPLATE})}
    monkeypatch.setattr(jinja2, "PackageLoader", lambda name: loaders.get(name) or real(name))

    def render(name: str, **values) -> str:
        figure, axes = canvas()
        axes.plot([0, 1], [0, 1])
        section = Section("Curve", "It rises.", [Plot(figure, f"of {name}")])
        return page.render(
            "mine.html.j2", package="elsewhere", **{"name": name, "section": section, "tag": ""} | values
        )

    return render


def test_a_page_of_another_package_is_escaped_and_loads_nothing(rendered):
    text = rendered("<script>alert('x')</script>&")
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "default-src 'none'" in text
    assert not re.search(r"""(?:src|href)=["'](?!data:image/png;base64,)""", text) and "@import" not in text
    assert "<dd>0.123</dd>" in text
    assert '<tr class=model><th scope="row">&lt;script' in text


def test_the_same_page_twice_is_the_same_bytes(rendered):
    assert rendered("a") == rendered("a")


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError):
        page.render("report.html.j2", "tsgan.evaluation")


def test_a_page_that_cannot_be_written(tmp_path):
    page.write("x", tmp_path / "a" / "p.html")
    assert (tmp_path / "a" / "p.html").read_text() == "x"
    with pytest.raises(OutputError, match="is a folder"):
        page.write("x", tmp_path)
