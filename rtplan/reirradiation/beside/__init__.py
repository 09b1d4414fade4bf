"""What stands beside the rows: cord rules, class, observations, registration, targets, body."""

from __future__ import annotations

from rtplan.reirradiation.beside.body import BodyAbove, body_above, body_structure
from rtplan.reirradiation.beside.consensus_class import (
    RertClass,
    classify,
    rert_items,
)
from rtplan.reirradiation.beside.cord import CORD_ORGANS, CordRuleSet, cord_rules
from rtplan.reirradiation.beside.observations import Observation, observations_for
from rtplan.reirradiation.beside.registration import OrganResidual, registration_quality
from rtplan.reirradiation.beside.targets import TargetDose, target_doses, target_structures

__all__ = [
    "CORD_ORGANS",
    "BodyAbove",
    "CordRuleSet",
    "Observation",
    "OrganResidual",
    "RertClass",
    "TargetDose",
    "body_above",
    "body_structure",
    "classify",
    "cord_rules",
    "observations_for",
    "registration_quality",
    "rert_items",
    "target_doses",
    "target_structures",
]
