"""A notebook without some of its checks: a test that asks about one exercise need not wait for the others' exams."""


def without_checks(notebook, exercises):
    """Leave out the checks of some exercises, be it in a source notebook or in a submission; all other cells stay."""
    gone = {f"check_{name}" for name in exercises}
    notebook.cells = [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in gone]
    return notebook


def all_but(notebook, *exercises):
    """The exercises of a source notebook that are not among these, to be left out."""
    marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    checked = [m.grade_id.removeprefix("check_") for m in marks if m.get("grade")]
    return [name for name in checked if name not in exercises]
