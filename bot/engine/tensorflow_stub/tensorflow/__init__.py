"""Stands in for TensorFlow, which Rasa 3.6 imports at start and our pipeline never uses.

Every submodule of ``tensorflow`` imports as an empty module whose attributes are inert classes, made on
first use: enough for Rasa's class statements, annotations and decorators. Anything that would compute
with it (DIET, TED, ResponseSelector) fails at once, by `TypeError`, instead of giving a wrong answer.
"""

import importlib.abc
import importlib.machinery
import sys
import types

__version__ = "2.12.0"


class _InertType(type):
    """A class whose every attribute is another inert class, so that `tf.keras.layers.Layer` resolves."""

    def __getattr__(cls, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _inert(f"{cls.__module__}.{cls.__qualname__}", name)
        setattr(cls, name, made)
        return made


def _inert(module: str, name: str) -> type:
    return _InertType(name, (_Inert,), {"__module__": module})


class _Inert(metaclass=_InertType):
    """Subclassed by Rasa's model classes; used bare only as a decorator."""

    def __new__(cls, *args: object, **kwargs: object) -> object:
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        if cls.__module__.startswith("tensorflow"):
            return super().__new__(cls)
        raise TypeError(f"{cls.__name__} needs TensorFlow, which this engine runs without")

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __call__(self, *args: object, **kwargs: object) -> object:
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        raise TypeError(f"{type(self).__name__} needs TensorFlow, which this engine runs without")


class _Module(types.ModuleType):
    """An empty package: its attributes are inert classes, its submodules other empty packages."""

    __path__: "list[str]" = []  # noqa: RUF012  (a package's search path, read by the import system)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        made = _inert(self.__name__, name)
        setattr(self, name, made)
        return made


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module below `tensorflow`, and the few packages that only travel with it."""

    roots = ("tensorflow", "tensorflow_hub", "tensorflow_text", "tensorflow_addons", "keras")

    def find_spec(self, fullname, path=None, target=None):  # type: ignore[no-untyped-def]
        if fullname.partition(".")[0] not in self.roots:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):  # type: ignore[no-untyped-def]
        return _Module(spec.name)

    def exec_module(self, module):  # type: ignore[no-untyped-def]
        module.__path__ = []


sys.meta_path.append(_Finder())


def __getattr__(name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    made = _inert("tensorflow", name)
    globals()[name] = made
    return made
