from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

def loadmat(path: Path) -> dict[str, NDArray[np.uint8]]: ...
def savemat(
    path: Path, arrays: Mapping[str, NDArray[np.uint8]], *, do_compression: bool
) -> None: ...
