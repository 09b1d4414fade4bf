"""EQD2 fields summed through transforms, bounds where there is none, and what a shift does.

Numbers only: knows no course and no limit.
"""

from __future__ import annotations

from rtplan.sums.bounds import (
    Bounds,
    OrganCurve,
    curve_of_points,
    dose_bounds,
    mean_bounds,
    sum_of_point_maxima,
    volume_bounds,
)
from rtplan.sums.ellipsoid import Ellipsoid, EllipsoidMaximum, OrganMask, ellipsoid_maximum
from rtplan.sums.fields import (
    BioGrid,
    CumulativeField,
    DosePart,
    PhysicalField,
    RememberedField,
    accumulate,
)
from rtplan.sums.idle_registrations import idle_registrations, refuse_motion_within
from rtplan.sums.matrix_file import read_matrix_file
from rtplan.sums.organ_samples import (
    Motion,
    OrganSamples,
    TriedRegimen,
    delivered_at,
    moved_part,
    tried_parts,
)
from rtplan.sums.overlap import IsodoseShare, Overlap, overlap_of
from rtplan.sums.points import OrganPoints, metric_of_points
from rtplan.sums.registration_files import read_registrations
from rtplan.sums.registration_judgement import (
    NOT_JUDGED,
    RegistrationJudgement,
    RegistrationStanding,
    Suitability,
    standing_of,
)
from rtplan.sums.scenarios import Band, MovableSum, RegistrationUncertainty, Scenarios, scenarios_of
from rtplan.sums.transforms import (
    InvertedDeformation,
    PointTransform,
    Registration,
    UsedTransform,
    registrations_between,
    transform_to,
)

__all__ = [
    "NOT_JUDGED",
    "Band",
    "BioGrid",
    "Bounds",
    "CumulativeField",
    "DosePart",
    "Ellipsoid",
    "EllipsoidMaximum",
    "InvertedDeformation",
    "IsodoseShare",
    "Motion",
    "MovableSum",
    "OrganCurve",
    "OrganMask",
    "OrganPoints",
    "OrganSamples",
    "Overlap",
    "PhysicalField",
    "PointTransform",
    "Registration",
    "RegistrationJudgement",
    "RegistrationStanding",
    "RegistrationUncertainty",
    "RememberedField",
    "Scenarios",
    "Suitability",
    "TriedRegimen",
    "UsedTransform",
    "accumulate",
    "curve_of_points",
    "delivered_at",
    "dose_bounds",
    "ellipsoid_maximum",
    "idle_registrations",
    "mean_bounds",
    "metric_of_points",
    "moved_part",
    "overlap_of",
    "read_matrix_file",
    "read_registrations",
    "refuse_motion_within",
    "registrations_between",
    "scenarios_of",
    "standing_of",
    "sum_of_point_maxima",
    "transform_to",
    "tried_parts",
    "volume_bounds",
]
