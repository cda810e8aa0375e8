"""A kernel to talk to, and a client of it."""

from jupyter_client import KernelManager

from autograder.kernels import KERNEL_NAME


class Session:
    """A kernel and a client of it."""

    def __init__(self, **arguments):
        self.manager = KernelManager(kernel_name=KERNEL_NAME)
        self.manager.start_kernel(**arguments)
        self.connect()

    def connect(self):
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    @property
    def provisioner(self):
        return self.manager.provisioner

    def run(self, code, timeout=60):
        """What a cell prints; an error of the cell is one here."""
        messages = self.messages(code, timeout)
        errors = [m["content"] for m in messages if m["msg_type"] == "error"]
        assert not errors, "\n".join([f"{errors[0]['ename']}: {errors[0]['evalue']}", *errors[0]["traceback"]])
        return "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")

    def messages(self, code, timeout=60):
        found = []
        self.client.execute_interactive(code, timeout=timeout, output_hook=found.append)
        return found

    def begin(self, code):
        """Start a cell, and wait until it runs."""
        # an interrupted cell is an error, after which a kernel drops what has arrived meanwhile unless told not to
        message = self.client.execute(f"print('begun', flush=True)\n{code}", stop_on_error=False)
        while self.client.get_iopub_msg(timeout=30)["msg_type"] != "stream":
            pass
        return message

    def interrupt(self, message):
        """Interrupt the cell that `begin` started, and wait for its end; a cell sent before that would be dropped."""
        self.manager.interrupt_kernel()
        assert self.client.get_shell_msg(timeout=30)["parent_header"]["msg_id"] == message

    def close(self):
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager.context.destroy(linger=0)
