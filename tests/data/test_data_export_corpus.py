"""Tables as people export them: the right panel, or the right refusal; nothing is guessed in silence."""

import numpy as np
import pandas as pd
import pytest

from tests.data.export_corpus import EXAMPLES
from tsgan.data.load import load_prices
from tsgan.errors import DataError

GOOD = [example for example in EXAMPLES if not example.refused]
BAD = [example for example in EXAMPLES if example.refused]


def test_the_corpus_is_large_and_its_names_are_its_own():
    assert len(EXAMPLES) >= 120
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", GOOD, ids=lambda example: example.name)
def test_read_as_it_is(example, tmp_path):
    path = tmp_path / example.file
    path.write_bytes(example.data)
    panel = load_prices(path, min_days=2, join="outer")
    assert sorted(panel.assets) == sorted(example.closes)
    right = pd.DataFrame(dict(example.closes), index=example.dates).astype(float)
    right = right.dropna(how="all")
    found = panel.to_frame()[list(right)]
    assert found.index.equals(right.index)
    np.testing.assert_allclose(found.to_numpy(), right.to_numpy(), rtol=1e-7)
    assert set(panel.bars) == set(example.fields)
    for word in example.words:
        assert any(word in note for note in panel.notes), panel.notes


@pytest.mark.parametrize("example", BAD, ids=lambda example: example.name)
def test_refused_in_words(example, tmp_path):
    path = tmp_path / example.file
    path.write_bytes(example.data)
    with pytest.raises(DataError) as caught:
        load_prices(path, min_days=2)
    for word in (example.file, *example.words):
        assert word in str(caught.value)
