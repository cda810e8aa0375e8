"""Whatever tree lies below `submitted/`, honest learners get what they would have got without it."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hostile_folder import HONEST, NOTEBOOK, Class, make_device, make_many, make_socket, make_sparse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_course import NAME

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices need POSIX")]

RIGHT, HUNDRED_THOUSAND = "the right answers", "hundred thousand"
TARGETS = ["/dev/zero", "/etc/passwd", "..", ".", "../..", "../../ada", f"../../ada/{NAME}", f"../../solutions/{NAME}"]
TARGETS += [f"../../../solutions/{NAME}", f"../../../solutions/{NAME}/{NOTEBOOK}", "../../../planted.pth", NOTEBOOK]
NAMES = [NOTEBOOK, NOTEBOOK.upper(), f"{NAME} (1).ipynb", f"._{NOTEBOOK}", "x.ipynb", NAME, "timestamp.txt", "x.png"]
NAMES += [f"{NAME}.html", "feedback.html", f"{NAME}.notices.json", ".ipynb_checkpoints", "__MACOSX", "-rf", "[ab]", "*"]


def is_a_name(name):
    return name not in (b".", b"..") and not {0, ord("/")} & set(name)


names = st.sampled_from([os.fsencode(name) for name in NAMES]) | st.binary(min_size=1, max_size=255).filter(is_a_name)
contents = st.sampled_from([RIGHT, "", "[", "{}", "null", "2026-11-25 10:00:00 UTC"]) | st.text(max_size=30)
leaves = st.one_of(
    st.tuples(st.just("file"), contents),
    st.tuples(st.just("link"), st.sampled_from(TARGETS)),
    st.tuples(st.just("holes"), st.integers(0, 1 << 50)),
    st.tuples(st.sampled_from(["pipe", "socket", "device"]), st.none()),
)
trees = st.recursive(
    leaves, lambda inner: st.tuples(st.just("folder"), st.dictionaries(names, inner, max_size=6)), max_leaves=20
)
submissions = st.tuples(st.just("folder"), st.dictionaries(names, trees, max_size=6)) | trees
classes = st.dictionaries(
    st.sampled_from([b"mallory", b"s35[ab]", b" eve", b"\xe9t\xe9", b"__MACOSX", b"*"]) | names,
    st.one_of(
        st.tuples(st.just("folder"), st.fixed_dictionaries({NAME.encode(): submissions}, optional={b"x": trees})), trees
    ),
    min_size=1,
    max_size=3,
)


def make(path, tree, right):
    """Put a tree on the disk; what the file system refuses is left out."""
    kind, what = tree
    with suppress(OSError):
        if kind == "folder":
            path.mkdir()
            for name, inner in what.items():
                make(path / os.fsdecode(name), inner, right)
        elif kind == "file":
            path.write_bytes(right if what == RIGHT else what.encode("utf-8", "replace"))
        elif kind == "link":
            path.symlink_to(what)
        elif kind == "holes":
            make_sparse(path, min(what, 40 << 20) if what % 2 else what)
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind == "many":
            make_many(path, what)
        else:
            (make_socket if kind == "socket" else make_device)(path)


@pytest.fixture(scope="module")
def alone(released, tmp_path_factory):
    """What the honest learners get when nobody else hands in."""
    here = Class(released, tmp_path_factory.mktemp("alone"))
    with pytest.MonkeyPatch.context() as patch:
        here.run(patch)
    return {student: here.outcome(student) for student in HONEST}


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(classes)
@example({b"mallory": ("folder", {NAME.encode(): ("many", 100_000)})})
@example({b"eve": ("folder", {NAME.encode(): ("folder", {b"d": ("link", TARGETS[-2])})}), b"e": ("link", "ada")})
def test_honest_learners_get_the_same_beside_any_folder(released, alone, tmp_path_factory, hostile):
    here = Class(released, tmp_path_factory.mktemp("any"))
    for student, tree in hostile.items():
        make(here.submitted / os.fsdecode(student), tree, here.right)
    before = here.state()
    with pytest.MonkeyPatch.context() as patch:
        here.run(patch)
    assert here.state() == before
    assert {student: here.outcome(student) for student in HONEST} == alone
    for student in set(here.course.students(NAME)) - set(HONEST):
        assert here.score(student) is not None
        assert here.score(student) == 5 or here.incidents(student)
    assert not any(Path(here.root, name).exists() for name in ("planted.pth", "submitted/planted.pth"))
    shutil.rmtree(here.root)
