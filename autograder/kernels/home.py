"""What a kernel that is shut in finds of its own: one user, and copies of files in its working folder."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from autograder.kernels.layout import HOME


def copy_files(source: Path, home: Path, account: int) -> None:
    """Copy the regular files below a folder, notebooks left out; links are not followed.

    Args:
        account: the user id that owns the copies, where root makes them.
    """
    for place, folders, names in os.walk(source):
        inside = home / Path(place).relative_to(source)
        for name in folders:
            if not os.path.islink(os.path.join(place, name)):
                (inside / name).mkdir()
        for name in names:
            path = os.path.join(place, name)
            if not name.endswith(".ipynb") and stat.S_ISREG(os.lstat(path).st_mode):
                shutil.copyfile(path, inside / name)
        for made in inside.iterdir() if os.geteuid() == 0 else ():
            os.chown(made, account, account)


def write_settings(root: Path, user: int) -> None:
    """The one user there is."""
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text(f"learner:x:{user}:{user}:learner:{HOME}:/bin/sh\n")
    (root / "etc/group").write_text(f"learner:x:{user}:\n")
