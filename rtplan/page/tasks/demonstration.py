"""The synthetic patient of the demo, written where its objects are looked for."""

from __future__ import annotations

from pathlib import Path

from dicom_io.phantom import write_phantom
from rtplan.case import case_text
from rtplan.selftest import DEMO_CASE, demo_case
from rtplan.work import Desk, Reply

__all__ = ["write_demo_patient"]


def write_demo_patient(desk: Desk) -> Reply:
    """Write the patient below ``folder`` and return what is asked of it, as a case file of ``beside``.

    Parameters
    ----------
    desk : Desk
        ``folder``: for the patient; ``beside``: folder of the case file.
    """
    folder = Path(desk.arguments["folder"])
    desk.progress("writing the synthetic patient")
    write_phantom(DEMO_CASE, folder, overwrite=True, report=lambda _: None)
    return Reply(body={"case": case_text(demo_case(folder), folder=Path(desk.arguments["beside"]))})
