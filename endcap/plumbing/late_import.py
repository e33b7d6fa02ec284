"""Imports a large library when something of it is first used, not when it is named.

A store without cameras never needs OpenCV, and its modules name it all the same. Safe from any
thread. Once it is loaded, asking costs nothing more.
"""

import sys
from importlib import import_module
from threading import RLock
from types import ModuleType


class _Late(ModuleType):
    """Stands for a module until one of its names is asked for, and has them all from then on."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._lock = RLock()
        self._loaded: ModuleType | None = None

    def __getattr__(self, name: str) -> object:
        """Load the module, unless another thread did meanwhile."""
        with self._lock:
            if self._loaded is None:
                sys.modules.pop(self.__name__, None)
                self._loaded = import_module(self.__name__)
                self.__dict__.update(vars(self._loaded))
        return getattr(self._loaded, name)


def import_late(name: str) -> None:
    """Let `import name` from now on give what loads the module when it is used.

    Does nothing for a module that is loaded already. One that cannot be loaded is an ImportError
    where it is used.
    """
    sys.modules.setdefault(name, _Late(name))
