"""The cumulative dose as objects for other systems, in one archive."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

from rtplan.alpha_beta import parse_alpha_beta
from rtplan.export import ExportChoice, exported_set
from rtplan.page.tasks.answering import answered_reirradiation
from rtplan.work import Desk, Reply

__all__ = ["export_dose"]


def export_dose(desk: Desk) -> Reply:
    """Return the EQD2 sum as RT Dose objects in a zip archive, with what each of them is.

    Parameters
    ----------
    desk : Desk
        ``case``: path of the case file; ``alpha_beta``: as typed, empty where all organs share one;
        ``uncovered_as_zero``: points outside a dose grid are written as 0 Gy, which says so.
    """
    done = answered_reirradiation(desk, Path(desk.arguments["case"]))
    typed = desk.arguments["alpha_beta"]
    with tempfile.TemporaryDirectory() as folder:
        exported = exported_set(
            done.answer,
            sums=ExportChoice(
                path=Path(folder) / "cumulative-eqd2.dcm",
                alpha_beta=parse_alpha_beta(typed, "exported sum") if typed else None,
                uncovered_as_zero=bool(desk.arguments["uncovered_as_zero"]),
                tag_physical=False,
                overwrite=False,
            ),
        )
    members = {path.name: content for path, content in exported.contents.items()}
    members["what-these-are.txt"] = ("\n".join(exported.said) + "\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content)
    return Reply(content=buffer.getvalue())
