"""The pages of a hostile class in a real browser: formgrader at a Jupyter server, feedback and report from the disk."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hostile_course import HOSTILE, MISNAMED, PLAIN, RAISING, HostileCourse
from hostile_target import NAME
from injections import MARK

ROOT = Path(__file__).parents[3]
MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/"
"""What formgrader's own page asks for. It is not fetched here."""


def _missing():
    """(what is missing, the way to node, to playwright-core, to Chromium)"""
    core = Path(os.environ.get("PLAYWRIGHT_CORE", ROOT / "node_modules" / "playwright-core"))
    node, browser = shutil.which("node"), shutil.which("chromium") or shutil.which("google-chrome")
    there = {"node": node, "playwright-core (npm install playwright-core)": core.is_dir(), "chromium": browser}
    return [name for name, found in there.items() if not found], node, core, browser


LACKING, NODE, CORE, BROWSER = _missing()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}; see CONTRIBUTING.md"),
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return HostileCourse(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def server(hostile, tmp_path_factory):
    """The address of a Jupyter server with formgrader, started in the course directory."""
    home = tmp_path_factory.mktemp("home")
    folders = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    extensions = {"ServerApp": {"jpserver_extensions": {"nbgrader.server_extensions.formgrader": True}}}
    (home / "CONFIG").mkdir()
    (home / "CONFIG" / "jupyter_server_config.json").write_text(json.dumps(extensions))
    options = ["--IdentityProvider.token=", "--ServerApp.port=0", "--ServerApp.open_browser=False", "--allow-root"]
    log = home / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            cwd=hostile.course.root,
            env={**os.environ, **folders, "HOME": str(home)},
            stdout=out,
            stderr=out,
        )
    try:
        for _ in range(600):
            address = re.search(r"http://(?:localhost|127\.0\.0\.1):\d+", log.read_text())
            if address or process.poll() is not None:
                break
            time.sleep(0.1)
        assert address, log.read_text()
        yield address[0]
    finally:
        process.terminate()
        process.wait()


def watch(pages, folder=None):
    """What each of these pages did, by its address."""
    task = {"core": str(CORE), "browser": BROWSER, "mark": MARK, "pages": pages}
    script = Path(__file__).with_name("watch.mjs")
    ran = subprocess.run([NODE, script, json.dumps(task)], capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def nothing_happened(seen, own=()):
    assert not seen["ran"], seen
    assert seen["dialogs"] == []
    assert [url for url in seen["requests"] if not url.startswith(own)] == []
    assert seen["moved"] == []
    assert seen["opened"] == []


def test_the_listener_hears_what_an_attack_does(tmp_path):
    """Otherwise the tests below would prove nothing."""
    page = tmp_path / "page.html"
    page.write_text(
        f"<script>{MARK}=1; alert(1); fetch('https://evil.invalid/f').catch(() => 0); window.open('about:blank')"
        "</script>"
        "<iframe src='https://evil.invalid/frame'></iframe><img src='https://evil.invalid/i.png'>"
    )
    (seen,) = watch([{"url": page.as_uri(), "allowed": ["file:"]}])
    assert seen["ran"]
    assert seen["dialogs"] == ["1"]
    assert {"https://evil.invalid/f", "https://evil.invalid/frame", "https://evil.invalid/i.png"} <= set(
        seen["requests"]
    )
    assert seen["opened"]


def test_feedback_and_report_from_the_disk(hostile):
    files = [*(hostile.feedback(student) for student in hostile.graded), hostile.report]
    for seen in watch([{"url": path.as_uri(), "allowed": [path.as_uri()]} for path in files]):
        nothing_happened(seen)
        # the policy had nothing left to do but to keep the fonts away that nbgrader's style sheet asks for
        assert [message for message in seen["blocked"] if "glyphicons" not in message] == []
        assert seen["errors"] == []


def test_formgrader(hostile, server):
    submissions = hostile.submission_ids()
    assert {HOSTILE, MISNAMED, RAISING, PLAIN} <= submissions.keys()
    assert submissions.keys() == set(hostile.graded)
    formgrader = f"{server}/formgrader"
    lists = [f"gradebook/{NAME}/{NAME}", f"manage_submissions/{NAME}", "manage_students", "gradebook"]
    lists += [f"manage_students/{quote(student)}" for student in submissions]
    lists += [f"manage_students/{quote(student)}/{NAME}" for student in submissions]
    urls = [f"{formgrader}/submissions/{identity}/" for identity in submissions.values()]
    urls += [f"{formgrader}/{name}" for name in lists]
    for seen in watch([{"url": url, "allowed": [server]} for url in urls]):
        nothing_happened(seen, own=(MATHJAX,))
        elsewhere = "logout|api/contents|terminals|evil"
        assert not re.search(elsewhere, " ".join(seen["requests"]))
