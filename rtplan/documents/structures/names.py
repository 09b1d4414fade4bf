"""The names of a folder's structures as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rtplan.documents.document import Document
from rtplan.files import input_of_source
from rtplan.structures import FolderNames, NamedStructure

__all__ = ["names_document"]


def names_document(answer: FolderNames) -> Document:
    """Return what each structure stands for as data and text."""
    rows = [asdict(structure) | {"near_names": list(structure.near_names)} for structure in answer.structures]
    inputs = [input_of_source(i) for i in answer.treatment.inputs]
    return Document(
        schema="rtplan.names/1",
        body={"structures": rows},
        text=_text(answer.structures),
        inputs=[*inputs, *answer.inputs],
        warnings=answer.findings,
    )


def _text(structures: Sequence[NamedStructure]) -> str:
    width = max((len(structure.name) for structure in structures), default=0)
    lines = [f"{structure.name.ljust(width)}  {_meaning(structure)}" for structure in structures]
    return "\n".join(lines) or "there are no structures"


def _meaning(structure: NamedStructure) -> str:
    if structure.standard is not None:
        return f"{structure.standard}  ({structure.evidence})"
    near = f"; near names: {', '.join(structure.near_names)}" if structure.near_names else ""
    return f"-  {structure.reason}{near}"
