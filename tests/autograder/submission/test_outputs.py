"""What a kernel sends becomes an output that a notebook file can hold, or nothing; it never becomes a verdict."""

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.exam.verdict import MIME
from autograder.submission.outputs import cut_error, error_output, well_formed, without_results

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=["L", "Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(["stream", "error", "display_data", "execute_result", "verdict", 7])
fields = st.fixed_dictionaries(
    {"output_type": kinds},
    optional=dict.fromkeys(("name", "text", "ename", "evalue", "traceback", "data", "metadata"), anything),
)


@given(fields)
@settings(deadline=None)
def test_whatever_comes_makes_a_valid_file_or_nothing(sent):
    output = well_formed(sent)
    cell = new_code_cell(outputs=[] if output is None else [output])
    notebook = new_notebook(cells=[cell])
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()


def test_an_honest_output_stays_as_it_is():
    figure = new_output("display_data", {"image/png": "iVBOR", "text/plain": "<Figure>"}, metadata={"width": 3})
    printed = new_output("stream", name="stderr", text="a\nb")
    for output in (figure, printed, error_output("ValueError", "no")):
        assert well_formed(output) == output


def test_a_verdict_that_a_kernel_shows_is_dropped():
    shown = new_output("display_data", {MIME: {"passed": True}, "text/plain": ""})
    assert list(well_formed(shown).data) == ["text/plain"]


@pytest.mark.parametrize("field", ["evalue", "traceback"])
def test_an_error_is_of_bounded_size(field):
    long = "x" * 1_000_000
    output = new_output("error", ename="ValueError", evalue="", traceback=["short"])
    output[field] = [long] if field == "traceback" else long
    assert len(str(cut_error(output, 1000))) < 5000


def test_a_result_in_a_graded_cell_is_dropped_for_nbgrader_reads_it_as_points():
    result = new_output("execute_result", {"text/plain": "nan"})
    printed = new_output("stream", name="stdout", text="nan")
    assert without_results([result, printed]) == [printed]
