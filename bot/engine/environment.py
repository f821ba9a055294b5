"""What must be set before the first `import rasa`."""

import importlib.util
import logging
import os
import sys
import warnings
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
    # What old libraries say of each other's old ways; it would hide what is said of our data.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", message="Deprecated API features detected")
    warnings.filterwarnings("ignore", message="Slot auto-fill has been removed")
    import structlog

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("sanic.root", "sanic.error", "rasa"):
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
