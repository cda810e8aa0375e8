"""Kernels that start warm and run shut in: a process that has imported everything forks each kernel into a sandbox.

client -> warm (the server) -> isolation (namespaces, root, limits) -> kernel (ipykernel). `provisioner` is the door
that jupyter_client opens; `doctor` tells what this machine can do.
"""

KERNEL_NAME = "attention-sandbox"
"""Name of the kernelspec, and of the provisioner's entry point."""

ISOLATION_VARIABLE = "ATTENTION_COURSE_ISOLATION"
"""Environment variable: "full" (the default) or "none"."""

ADDRESS_VARIABLE = "ATTENTION_COURSE_KERNELS"
"""Environment variable: the unix socket of a server to share; without it a process starts its own on demand."""

ANSWERS_VARIABLE = "ATTENTION_COURSE_ANSWERS_FD"
"""Environment variable of a kernel: the number of the descriptor on which it answers the examiner."""


class IsolationError(RuntimeError):
    """This machine cannot shut a kernel in; the message says what is missing and what to do."""


def reason(error: Exception) -> str:
    """An error in words, without the number that Python puts in front of the operating system's."""
    if isinstance(error, OSError) and error.strerror and error.filename is None:
        return error.strerror
    return str(error)
