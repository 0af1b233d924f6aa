"""What no index may take, checked before the first point is sent."""

import math
from collections.abc import Sequence

import numpy as np

from ingest.errors import IndexRefused
from ingest.model import Point


def refuse_unfit(points: Sequence[Point]) -> None:
    """Raise IndexRefused where vectors differ in length or are not finite.

    Engines store the points before the wrong one, and some store NaN.
    """
    for point in points:
        if point.dense.shape != points[0].dense.shape or point.dense.ndim != 1:
            raise IndexRefused(f"point {point.id} has a vector of another length than the first")
        if not np.isfinite(point.dense).all() or not math.isfinite(sum(point.sparse.values)):
            raise IndexRefused(f"point {point.id} has a vector with a number that is not finite")
