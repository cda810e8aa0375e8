"""What lies below `submitted/` is data: a folder costs its own learner a named verdict, and nobody else anything."""

import ast
import os
import sys
from pathlib import Path

import pytest
from hostile_folder import HONEST, NOTEBOOK, Class, make_device, make_many, make_socket, make_sparse
from small_course import NAME

import autograder
from autograder.class_run.autograde import collect
from autograder.class_run.stages import COLLECTED
from autograder.course import Course, GradingError
from autograder.submission import folder as reader

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices need POSIX")]

ATTACKS = {}
"""{name: (how it is made, points, incidents, what the message says)}"""


def attack(points=0, says="", incidents=("no notebook",)):
    def register(make):
        ATTACKS[make.__name__] = make, points, set(incidents), says
        return make

    return register


def solution(here):
    return here.root / "solutions" / NAME / NOTEBOOK


@attack(5, "is a link", ["misnamed notebook"])
def writes_through_a_dangling_link(here, place):
    (place / NOTEBOOK).symlink_to(here.root / "planted.pth")
    (place / "homework.ipynb").write_bytes(here.right)


@attack(says=f"'{NOTEBOOK}' is a link")
def makes_a_file_through_a_dangling_link(here, place):
    (place / NOTEBOOK).symlink_to(here.root / "planted.pth")


@attack(says="'mine.ipynb' is a link")
def another_name_for_the_solution(here, place):
    (place / "mine.ipynb").symlink_to(solution(here))


@attack(says="the submission is a link")
def the_folder_of_the_solution(here, place):
    place.rmdir()
    place.symlink_to(solution(here).parent)


@attack(says="the submission is a link")
def the_folder_of_somebody_else(here, place):
    place.rmdir()
    place.symlink_to(Path("..", "ada", NAME))


@attack(says="the student's folder is a link")
def somebody_else(here, place):
    place.rmdir()
    place.parent.rmdir()
    place.parent.symlink_to("ada")


@attack(says="the student's folder is a link")
def a_link_in_a_circle(here, place):
    place.rmdir()
    place.parent.rmdir()
    place.parent.symlink_to(place.parent.name)


@attack(says="there is no notebook in its folder, which holds 'd'")
def a_link_to_the_folder_of_the_solution_inside(here, place):
    (place / "d").symlink_to(solution(here).parent)


@attack(says="there is no notebook in its folder")
def a_link_one_folder_too_deep(here, place):
    (place / NAME).symlink_to(solution(here).parent)


@attack(says="is a folder")
def a_folder_in_the_notebooks_place(here, place):
    (place / NOTEBOOK).mkdir()


@attack(says="is a folder")
def a_folder_with_pages_in_the_notebooks_place(here, place):
    (place / NOTEBOOK).mkdir()
    (place / NOTEBOOK / "x.png").write_text("x")
    (place / f"{NAME}.html").mkdir()
    (place / f"{NAME}.html" / "y.png").write_text("y")


@attack(says="'mine.ipynb' is a folder")
def a_misnamed_folder(here, place):
    (place / "mine.ipynb").mkdir()


@attack(says="'mine.ipynb' is a named pipe")
def a_misnamed_pipe(here, place):
    os.mkfifo(place / "mine.ipynb")


@attack(says="is a named pipe")
def a_pipe(here, place):
    os.mkfifo(place / NOTEBOOK)


@attack(says="the submission is a file and no folder")
def a_file_for_a_folder(here, place):
    place.rmdir()
    place.write_bytes(here.right)


@attack(says="the submission is a named pipe")
def a_pipe_for_a_folder(here, place):
    place.rmdir()
    os.mkfifo(place)


@attack(says="is larger than 64 MiB", incidents=["not a notebook"])
def a_huge_file_of_holes(here, place):
    make_sparse(place / NOTEBOOK, 3 << 40)


@attack(5, incidents=[])
def thirty_files_of_holes(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    for number in range(30):
        make_sparse(place / f"{number}.bin", 40 << 20)


@attack(5, incidents=[])
def a_pipe_for_a_timestamp(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    os.mkfifo(place / "timestamp.txt")


@attack(5, incidents=[])
def a_huge_timestamp(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    make_sparse(place / "timestamp.txt", 50 << 20)


@attack(5, incidents=[])
def a_link_for_a_timestamp(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    (place / "timestamp.txt").symlink_to("/dev/zero")


@attack(5, incidents=[])
def a_folder_for_a_timestamp(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    (place / "timestamp.txt").mkdir()
    (place / "timestamp.txt" / "x").touch()


@attack(5, incidents=[])
def pages_of_ones_own(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    for name in ("feedback.html", f"{NAME}.html", "x.svg", "y.xhtml", "z.js"):
        (place / name).write_text("<script>alert(1)</script>")
    (place / "picture.png").write_bytes(b"\x89PNG")


@attack(5, incidents=[])
def every_kind_of_thing_beside_it(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    os.mkfifo(place / "pipe")
    make_socket(place / "socket")
    make_device(place / "device")
    (place / "passwd").symlink_to("/etc/passwd")
    (place / "up").symlink_to("..")
    make_device(place / "zero.ipynb")


@attack(5, incidents=[])
def names_of_any_bytes(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    for name in (b"\xff\xfe", b"two\nlines", b"\x1b[2J", b" blank", b"-rf", b"*", b"[a-z]", b"x" * 255, b"%s{0}"):
        Path(os.fsdecode(os.path.join(os.fsencode(place), name))).write_text("x")
        Path(os.fsdecode(os.path.join(os.fsencode(place), name[:200] + b".ipynb.d"))).mkdir()


@attack(says="none is called")
def too_many_entries(here, place):
    make_many(place, 3000)


@attack(5, incidents=[])
def too_many_entries_beside_it(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    make_many(place / "many", 3000)


@attack(5, incidents=[])
def folders_in_folders(here, place):
    (place / NOTEBOOK).write_bytes(here.right)
    (place / "/".join(["d"] * 600)).mkdir(parents=True)


ODD_NAMES = {"s35[ab]": 5, " blank": 5, "blank ": 5, "*": 5, "a;b 'c' $HOME `id` %s{x}": 5, 'a"b': 5, "[red]": 5}
"""Students whose names nbgrader takes for patterns or strips, and with what points."""
NAMELESS = [b"\xe9t\xe9", b"two\nlines", b"\x1b[2J"]
SEEN = {"by": [], "elsewhere": [], "below": ""}


def watch(event, arguments):
    """Note who opens or lists what lies below submitted/."""
    if SEEN["below"] and event in ("open", "os.scandir", "os.listdir") and arguments:
        note(arguments[0])


def note(path):
    if isinstance(path, int):
        path = os.readlink(f"/proc/self/fd/{path}") if os.path.isdir("/proc/self/fd") else ""
    path = os.path.abspath(os.fsdecode(path)) if isinstance(path, (str, bytes, os.PathLike)) else ""
    if path == SEEN["below"] or path.startswith(SEEN["below"] + os.sep):
        frame = sys._getframe(2)
        while frame.f_code.co_filename.startswith("<frozen") or Path(frame.f_code.co_filename).name == "pathlib.py":
            frame = frame.f_back
        SEEN["by" if frame.f_code.co_filename == reader.__file__ else "elsewhere"].append(path)


def watched(function):
    def asked(path, *more, **options):
        if SEEN["below"] and "dir_fd" not in options and not isinstance(path, int):
            note(path)
        return function(path, *more, **options)

    return asked


sys.addaudithook(watch)


@pytest.fixture(scope="module")
def hostile(released, tmp_path_factory):
    """Every attack in one class, graded from end to end."""
    here = Class(released, tmp_path_factory.mktemp("hostile"))
    alone = Class(released, tmp_path_factory.mktemp("alone"))
    for name, (make, *_) in ATTACKS.items():
        make(here, here.folder(name))
    for name in [*ODD_NAMES, *map(os.fsdecode, NAMELESS)]:
        (here.folder(name) / NOTEBOOK).write_bytes(here.right)
    before = here.state()
    with pytest.MonkeyPatch.context() as patch:
        alone.run(patch)
        patch.setattr(os, "stat", watched(os.stat))
        patch.setattr(os, "lstat", watched(os.lstat))
        SEEN["below"] = str(here.submitted)
        here.text = here.run(patch)
        with pytest.raises(GradingError, match=r"collected but for .*'two"):
            collect(here.course, NAME)
        SEEN["below"] = ""
    here.changed = {path for path, entry in here.state().items() ^ before.items()}
    here.alone = alone
    return here


@pytest.mark.parametrize("name", ATTACKS)
def test_a_folder_costs_its_own_learner_a_named_verdict(hostile, name):
    _, points, expected, says = ATTACKS[name]
    assert hostile.score(name) == points
    found = hostile.incidents(name)
    assert set(found) == expected
    assert says in "".join(found.values())


@pytest.mark.parametrize("student", HONEST)
def test_nobody_else_is_concerned(hostile, student):
    assert hostile.outcome(student) == hostile.alone.outcome(student)
    assert hostile.score(student) == HONEST[student]


@pytest.mark.parametrize("student", ODD_NAMES)
def test_an_odd_name_is_a_name(hostile, student):
    assert hostile.outcome(student)[:2] == (5, {})


def test_a_name_that_no_gradebook_holds_is_said_once_and_the_class_goes_on(hostile):
    assert hostile.failed == ["'\\x1b[2J'", "'\\xe9t\\xe9'", "'two\\nlines'"]
    for name in hostile.failed:
        (line, *_) = [line for line in hostile.text.splitlines() if line.startswith(f"submitted/{name}: ")]
        assert "rename it" in line
    assert (hostile.without_page, hostile.wrong) == ([], 0)


def test_nothing_is_written_below_submitted_nor_through_it(hostile):
    assert hostile.changed == set()
    assert not (hostile.root / "planted.pth").exists()


def test_one_module_alone_looks_below_submitted(hostile):
    assert len(SEEN["by"]) > 2 * len(ATTACKS)
    assert SEEN["elsewhere"] == []


def test_what_is_kept_is_small_and_made_of_regular_files(hostile):
    for name in ATTACKS:
        for kept in (hostile.root / "autograded" / name, hostile.root / COLLECTED / name):
            files = [path for path in kept.rglob("*") if not path.is_dir()]
            assert not any(path.is_symlink() or not path.is_file() for path in files)
            assert len(files) <= 202
            assert sum(path.stat().st_size for path in files) <= 65 << 20


def test_a_learners_own_page_does_not_stand_beside_the_feedback(hostile):
    folder = hostile.root / "feedback" / "pages_of_ones_own" / NAME
    assert {path.name for path in folder.iterdir()} == {f"{NAME}.html", "picture.png"}
    assert "<script>alert(1)" not in (folder / f"{NAME}.html").read_text(encoding="utf-8")


def test_no_other_part_of_the_grader_names_the_folder():
    """The folder's name occurs as a part of a path in `course.py` and `stages.py`, which hand it to the reader."""
    found = set()
    for path in Path(autograder.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "submitted_directory":
                found.add(path.name)
    assert found <= {"course.py", "stages.py", "intake.py"}


def test_a_course_without_submissions_says_so(tmp_path):
    assert Course(tmp_path).students(NAME) == []
    (tmp_path / "submitted").write_text("")
    assert Course(tmp_path).students(NAME) == []
