"""The kernelspec "attention-sandbox", through which jupyter_client finds the provisioner."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograder.kernels import KERNEL_NAME

# tracebacks in IPython's usual form cost 30 ms each, most of what a failing cell takes
SPEC = {
    "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}", "--InteractiveShell.xmode=Plain"],
    "display_name": "Python 3 (grading sandbox)",
    "language": "python",
    "metadata": {"kernel_provisioner": {"provisioner_name": KERNEL_NAME, "config": {}}},
}


def install_kernelspec(prefix: Path = Path(sys.prefix)) -> Path:
    """Write the kernelspec into an environment, where nothing else than it is there already.

    Returns:
        Its folder.

    Raises:
        OSError: the environment cannot be written to.
    """
    folder = prefix / "share" / "jupyter" / "kernels" / KERNEL_NAME
    path = folder / "kernel.json"
    text = json.dumps(SPEC, indent=1, sort_keys=True) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
