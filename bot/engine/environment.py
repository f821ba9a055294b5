"""What must be set before the first `import rasa`."""

import importlib.util
import logging
import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
STUB = Path(__file__).resolve().parent / "tensorflow_stub"

_SETTINGS = {
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    # One message is a few hundred multiplications: threads only make it slower, and sums less repeatable.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

_NOISE = ("DeprecationWarning", "MovedIn20Warning", "Slot auto-fill has been removed")


def prepare() -> None:
    """Quieten Rasa, keep it from phoning home, and put the stub in TensorFlow's place if that is absent.

    Rasa imports TensorFlow whatever the pipeline; ours uses nothing of it.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    if importlib.util.find_spec("tensorflow") is None:
        sys.path.append(str(STUB))


def quieten() -> None:
    """Log warnings and worse only: below that Rasa writes the words of every message."""
    import structlog

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Libraries set the warning filters anew while they load, so warnings are sorted on their way to the log.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addFilter(_about_us)
    for name in ("sanic.root", "sanic.error", "rasa"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _about_us(record: logging.LogRecord) -> bool:
    """Tell warnings of our own data from what old libraries say of each other's old ways."""
    said = record.getMessage()
    return not any(noise in said for noise in _NOISE)
