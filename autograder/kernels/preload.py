"""What the warm process imports before it forks the first kernel.

Nothing here may start a thread or run a torch operation: both would break in the forked kernels.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import pkgutil
import sys

from autograder.kernels.pages import gather_pages

MODULES = """
numpy numpy.testing scipy.special scipy.stats torch torch._dynamo torch.testing torch.utils.data torch.nn.functional
torch._subclasses.schema_check_mode
matplotlib.pyplot matplotlib.figure matplotlib.font_manager matplotlib.backends.backend_agg matplotlib._tight_bbox
PIL.Image PIL.PngImagePlugin
IPython IPython.core.completer IPython.core.completerlib IPython.core.debugger IPython.core.logger IPython.core.oinspect
IPython.core.pylabtools IPython.extensions.storemagic IPython.utils.wildcard
stack_data executing asttokens pure_eval pygments.formatters.terminal256 pygments.formatters.html pygments.lexers.python
pygments.styles
ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell ipykernel.debugger comm
tornado.platform.asyncio
psutil sqlite3 faulthandler pdb multiprocessing.resource_tracker concurrent.futures.process
attention_course.checks attention_course.figures.canvas attention_course.probes attention_course.answering.shim
"""
"""torch._dynamo is imported lazily by optimizers and takes a second. Not matplotlib_inline: a kernel that finds it
already imported does not install its figure hook."""


class PreloadError(RuntimeError):
    """The warm process is in no state to be forked."""


def preload() -> None:
    """Import everything, use it once, and get ready to be forked.

    Raises:
        PreloadError: an import started threads, or brought what must come after the fork.
    """
    for name in [*MODULES.split(), *_of_the_notebooks()]:
        with contextlib.suppress(ModuleNotFoundError):  # an optional part, or a version of it that has moved
            importlib.import_module(name)
    _format_an_error()
    _draw_a_figure()
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise PreloadError(
            f"an import started threads ({threads}); it must not be in autograder.kernels.preload.MODULES"
        )
    if "matplotlib_inline.backend_inline" in sys.modules:
        raise PreloadError("an import brought matplotlib_inline; kernels forked from here would show no figures")
    gc.collect()
    gc.freeze()  # a collection in a kernel would otherwise touch, and so copy, every page
    gather_pages()


def _of_the_notebooks() -> list[str]:
    """The checks and figures of every notebook."""
    rooms = [importlib.import_module(f"attention_course.{room}") for room in ("checks", "figures")]
    return [f"{room.__name__}.{module.name}" for room in rooms for module in pkgutil.iter_modules(room.__path__)]


def _format_an_error() -> None:
    """The first traceback in colour costs a tenth of a second: lexers, styles, source files."""
    from IPython.core.ultratb import AutoFormattedTB

    try:
        importlib.import_module("numpy").testing.assert_allclose([1.0], [2.0])
    except AssertionError:
        AutoFormattedTB(mode="Context", tb_offset=1).structured_traceback(*sys.exc_info())


def _draw_a_figure() -> None:
    """The first figure finds and reads fonts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([0, 1], [1, 0])
    axes.set_title("x")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
