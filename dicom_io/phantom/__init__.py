"""Synthetic patients built from analytic shapes and analytic dose, with their answers in closed form."""

from __future__ import annotations

from dicom_io.phantom.case import PhantomCase, PhantomCourse, known_organs
from dicom_io.phantom.cases import CASES, build_case
from dicom_io.phantom.distribution import KnownDistribution
from dicom_io.phantom.known import KnownDose, KnownOrgan
from dicom_io.phantom.planted import write_planted
from dicom_io.phantom.write import ALL_CASES, WrittenPhantom, write_phantom, write_phantoms

__all__ = [
    "ALL_CASES",
    "CASES",
    "KnownDistribution",
    "KnownDose",
    "KnownOrgan",
    "PhantomCase",
    "PhantomCourse",
    "WrittenPhantom",
    "build_case",
    "known_organs",
    "write_phantom",
    "write_phantoms",
    "write_planted",
]
