"""The data files: loaded as documented, and the misprints are the ones the course talks about."""

import numpy as np

from attention_course.data import FOLDER, published_example
from autograder.exam.reference import reference

NOTEBOOK = "02_worked_example"


def test_every_file_is_in_the_readme():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = [path.name for path in FOLDER.iterdir() if path.name != "README.md"]
    assert [name for name in files if f"`{name}`" not in readme] == []


def test_tokens_and_vectors_are_those_of_the_notebook():
    published = published_example()
    assert published.tokens == reference(NOTEBOOK, "tokens")
    np.testing.assert_array_equal(published.embeddings, reference(NOTEBOOK, "embeddings"))


def test_misprints_are_the_ones_the_notebook_explains():
    published = published_example()
    embeddings = published.embeddings
    assert reference(NOTEBOOK, "misprinted_scores")(published.scores, embeddings) == {(0, 0), (1, 1), (2, 3), (3, 2)}
    assert not reference(NOTEBOOK, "is_attention_weights")(published.weights, tolerance=1e-3)
    np.testing.assert_allclose(published.weights.sum(axis=-1), [0.8333, 0.8333, 1.4999, 0.8333], atol=1e-9)
    assert published.embeddings_transposed.tolist() == [[1, 0, 1, 0], [0, 1, 0, 1]]
    assert embeddings.T.tolist() == [[1, 0, 1, 0], [0, 1, 1, 0]]


def test_what_the_outputs_read_as():
    published, nearest = published_example(), reference(NOTEBOOK, "nearest_tokens")
    for measure in ("dot", "cosine"):
        read = [
            nearest(output, published.embeddings, published.tokens, measure)
            for output in (reference(NOTEBOOK, "output"), published.output, published.embeddings)
        ]
        assert read == [["吃"] * 4, ["我", "喜欢", "吃", "喜欢"], ["我", "喜欢", "吃", "我"]]
    assert published.reading == ["我", "吃", "苹果", "苹果"]


def test_the_right_numbers_to_four_decimals():
    rows = [[0.3655, 0.1345, 0.3655, 0.1345], [0.1345, 0.3655, 0.3655, 0.1345], [0.1966, 0.1966, 0.5344, 0.0723]]
    np.testing.assert_array_equal(reference(NOTEBOOK, "weights").round(4), [*rows, [0.25] * 4])
    output = [[0.7311, 0.5], [0.5, 0.7311], [0.7311, 0.7311], [0.5, 0.5]]
    np.testing.assert_array_equal(reference(NOTEBOOK, "output").round(4), output)
    rows = [[0.3349, 0.1651, 0.3349, 0.1651], [0.1651, 0.3349, 0.3349, 0.1651], [0.2212, 0.2212, 0.4486, 0.1091]]
    np.testing.assert_array_equal(reference(NOTEBOOK, "scaled_weights").round(4), [*rows, [0.25] * 4])


def test_every_call_gives_fresh_arrays():
    published_example().scores[:] = 9
    assert published_example().scores[0, 0] == 2
