"""Every notebook runs: the solution without a word of complaint, the release up to where the learner has work to do."""

import re
import time

import nbformat
import pytest
from nbclient import NotebookClient

from autograder import ROOT
from autograder.authoring.build import lessons

pytestmark = pytest.mark.slow  # a kernel each

NAMES = [path.stem for path in lessons()]
SECONDS = 120
"""The bound on a whole notebook as nbgrader runs it, on two cores that do other work as well."""
WHOLE = 8 * 60
"""The bound on a whole notebook as a learner runs it, trainings included, on two cores that do nothing else."""

UNWRITTEN = {"NotImplementedError", "CheckError"}


@pytest.fixture(autouse=True)
def as_nbgrader_runs_it(monkeypatch):
    """Trainings take seconds then, and say so; no point hangs on them."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")


def run(folder, name, tmp_path, **options):
    notebook = nbformat.read(ROOT / folder / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:  # what an instructor's kernel has and a learner's has not
        if folder == "notebooks":
            assert "autograder" not in cell.source
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}, **options).execute()
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_runs_in_time_without_warning_and_with_words_for_its_pictures(name, tmp_path):
    started = time.perf_counter()
    found = outputs(run("solutions", name, tmp_path))
    assert time.perf_counter() - started < SECONDS
    assert not [o for o in found if o.output_type == "error" or o.get("name") == "stderr"]
    pictures = [alt for output in found for alt in words_for_pictures(output)]
    for alt in pictures:
        assert len(alt.split()) >= 8, f"alt text too short to say anything: {alt}"
    assert pictures or name.startswith("00")


def words_for_pictures(output):
    data = output.get("data", {})
    assert "image/png" not in data, "show figures with attention_course.figures.canvas.show"
    return re.findall(r"<img[^>]*alt=\"([^\"]*)\"", data.get("text/html", ""))


@pytest.mark.parametrize("name", NAMES)
def test_a_learners_whole_run_takes_less_than_eight_minutes(name, tmp_path, monkeypatch, full_proof):
    if not full_proof:
        pytest.skip("whole trainings: run by make proof")
    monkeypatch.delenv("NBGRADER_EXECUTION")
    started = time.perf_counter()
    found = outputs(run("solutions", name, tmp_path))
    assert time.perf_counter() - started < WHOLE
    assert not [o for o in found if o.output_type == "error" or o.get("name") == "stderr"]


@pytest.mark.parametrize("name", NAMES)
def test_the_release_fails_only_where_the_learner_has_work_to_do(name, tmp_path):
    notebook = run("notebooks", name, tmp_path, allow_errors=True)
    failed = 0
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        for error in (output for output in cell.outputs if output.output_type == "error"):
            assert error.ename in UNWRITTEN, f"{error.ename}: {error.evalue}"  # no name that a cell above left out
            failed += 1
    assert failed
    assert not [o for o in outputs(notebook) if o.get("name") == "stderr"]
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            assert [o for o in cell.outputs if o.output_type == "error"], f"{cell.metadata.nbgrader.grade_id} passes"
