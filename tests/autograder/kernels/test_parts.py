"""The parts of the sandbox that can be tried without a kernel."""

import ctypes
import json
import mmap
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ipykernel.kernelapp import IPKernelApp
from traitlets import Unicode

from autograder import ROOT
from autograder.kernels import IsolationError, cgroups, layout
from autograder.kernels.cgroups import Cgroups
from autograder.kernels.cpu import TreeMeter, group_cpu_seconds, tree_cpu_seconds
from autograder.kernels.folders import OwnFolder, remove_left_behind
from autograder.kernels.kernel import WarmKernelApp
from autograder.kernels.kernelspec import install_kernelspec
from autograder.kernels.layout import course_layout
from autograder.kernels.limits import Limits
from autograder.kernels.pages import gather_pages

AREAS = [("rw-p", ""), ("r--p", ""), ("rw-p", "/some/file")]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_the_layout_shows_the_library_and_hides_the_grader():
    shown = course_layout().readable
    assert ROOT / "attention_course" in shown
    for name in ("autograder", "solutions", "lessons", "tests", "submitted"):
        assert not any(folder in (ROOT / name, *(ROOT / name).parents) for folder in shown)


def test_a_private_folder_inside_a_shown_one_is_covered(monkeypatch, tmp_path):
    (tmp_path / "course").mkdir()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert course_layout([tmp_path / "course"]).hidden == (tmp_path / "course",)
    assert course_layout([tmp_path / "nowhere"]).hidden == ()


def test_an_environment_that_contains_the_course_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(ROOT))
    with pytest.raises(IsolationError, match="contains the course"):
        course_layout()


def test_an_installed_grader_is_covered(monkeypatch, tmp_path):
    for name in ("autograder", "attention_course"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert course_layout().hidden == (tmp_path / "autograder",)


def test_control_groups_of_version_2(monkeypatch, tmp_path):
    monkeypatch.setattr(cgroups, "_membership", lambda controller: "user/app/server.scope")
    (tmp_path / "cgroup.controllers").touch()
    app = tmp_path / "user" / "app"
    (app / "server.scope").mkdir(parents=True)
    groups = Cgroups(Limits(memory=1000, scratch=24, processes=9), mount=tmp_path)
    group = app / f"attention-{os.getpid()}" / "0"
    make = Path.mkdir

    def mkdir_as_linux_does(path, *arguments, **options):
        make(path, *arguments, **options)
        for name in ("memory.max", "memory.swap.max", "pids.max", "memory.peak"):
            (path / name).touch()

    monkeypatch.setattr(Path, "mkdir", mkdir_as_linux_does)
    groups.add(123, slot=0)
    groups.add(124, slot=0)
    assert [(group / n).read_text() for n in ("memory.max", "memory.swap.max", "pids.max")] == ["1024", "0", "10"]
    assert (group / "cgroup.procs").read_text() == "124"
    assert groups.peak(slot=0) == str(group / "memory.peak")


def test_no_control_groups_where_they_may_not_be_made(monkeypatch, tmp_path):
    monkeypatch.setattr(cgroups, "_membership", lambda controller: "nowhere/at/all")
    groups = Cgroups(Limits(), mount=tmp_path)
    assert not groups
    groups.add(1, slot=0)
    assert groups.peak(slot=0) == ""
    groups.close()


def test_groups_of_a_server_that_was_killed_are_removed(monkeypatch, tmp_path):
    monkeypatch.setattr(cgroups, "_membership", lambda controller: "")
    for controller in ("memory", "pids"):
        (tmp_path / controller / "attention-999999999" / "0").mkdir(parents=True)
    groups = Cgroups(Limits(), mount=tmp_path)
    assert groups
    assert [p.name for p in (tmp_path / "memory").iterdir()] == [f"attention-{os.getpid()}"]
    groups.close()
    assert list((tmp_path / "memory").iterdir()) == []


@linux_only
def test_cpu_seconds_cover_descendants_that_run_and_that_have_ended():
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    code = f"import subprocess, sys, time; subprocess.run([sys.executable, '-S', '-c', {burn!r}]); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-S", "-c", code]) as process:
        for _ in range(500):
            if (used := tree_cpu_seconds(process.pid)) > 0.25:
                break
            time.sleep(0.02)
        process.kill()
    assert 0.25 < used < 2  # Linux counts in hundredths of a second
    with pytest.raises(ProcessLookupError):
        tree_cpu_seconds(process.pid)


@linux_only
def test_large_pages_are_asked_for_where_private_data_is_long_enough(tmp_path):
    maps = tmp_path / "maps"
    block = mmap.mmap(-1, 8 * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    block.write(b"x" * len(block))
    start = ctypes.addressof(ctypes.c_char.from_buffer(block))
    lines = [f"{start:x}-{start + len(block):x} {rights} 00000000 00:00 0 {name}" for rights, name in AREAS]
    maps.write_text("\n".join(lines) + "\n")
    assert gather_pages(maps) in (0, 6 * 2**20, 8 * 2**20)  # 0 before Linux 6.1
    assert block[:3] == b"xxx"
    maps.write_text(f"{start:x}-{start + 4096:x} rw-p 00000000 00:00 0\n")
    assert gather_pages(maps) == 0


def test_the_usual_command_line_is_taken_without_the_parser(monkeypatch):
    monkeypatch.setattr(IPKernelApp, "parse_command_line", lambda self, argv: pytest.fail("the parser was asked"))
    app = WarmKernelApp()
    app.parse_command_line(["-f", "/x/c.json", "--HistoryManager.hist_file=:memory:"])
    assert app.connection_file == "/x/c.json"
    assert app.config["HistoryManager"]["hist_file"].get_value(Unicode()) == ":memory:"


@pytest.mark.parametrize("argv", [["-f", "/x/c.json", "--debug"], ["--f=/x/c.json"], [], None])
def test_any_other_command_line_goes_to_the_parser(monkeypatch, argv):
    asked = []
    monkeypatch.setattr(IPKernelApp, "parse_command_line", lambda self, argv: asked.append(argv))
    WarmKernelApp().parse_command_line(argv)
    assert asked == [argv]


def test_the_kernelspec_is_installed_once_and_mended(tmp_path):
    folder = install_kernelspec(tmp_path)
    path = folder / "kernel.json"
    stamp = path.stat().st_mtime_ns
    install_kernelspec(tmp_path)
    assert path.stat().st_mtime_ns == stamp
    path.write_text("{}")
    install_kernelspec(tmp_path)
    assert json.loads(path.read_text())["metadata"]["kernel_provisioner"]["provisioner_name"] == "attention-sandbox"


BURN = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        while time.process_time() < 0.4: pass
        os._exit(0)
    time.sleep(1)
time.sleep(60)
"""


@linux_only
def test_a_child_that_nobody_waits_for_is_counted_by_what_was_seen_of_it():
    with subprocess.Popen([sys.executable, "-S", "-c", BURN]) as process:
        meter = TreeMeter(process.pid)
        end = time.monotonic() + 20
        while meter.seconds() < 0.9 and time.monotonic() < end:
            time.sleep(0.02)
        seen = meter.seconds()
        process.kill()
    assert 0.9 <= seen < 1.6


def test_the_cpu_time_of_a_control_group_of_both_versions(tmp_path):
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    (tmp_path / "cpuacct.usage").write_text("2500000000\n")
    assert [group_cpu_seconds(str(tmp_path / name)) for name in ("cpu.stat", "cpuacct.usage")] == [1.5, 2.5]


@linux_only
def test_folders_of_an_owner_that_was_killed_are_removed_and_no_others(tmp_path):
    made = f"OwnFolder('ak-', {str(tmp_path)!r})"
    code = f"import time; from autograder.kernels.folders import OwnFolder; folder = {made}\n"
    code += "print(folder.path, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        left = Path(killed.stdout.readline().strip())
        remove_left_behind(str(tmp_path))
        assert left.exists()  # its owner lives
        killed.kill()
    mine = OwnFolder("grading-", str(tmp_path))
    (tmp_path / "ak-somebody").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".owner").touch()
    (tmp_path / "ak-link").symlink_to(tmp_path / "elsewhere")
    remove_left_behind(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ak-link",
        "ak-somebody",
        "elsewhere",
        mine.path.name,
        "other",
    ]
    assert mine.path.stat().st_mode & 0o777 == 0o700
    mine.remove()
    assert not mine.path.exists()
