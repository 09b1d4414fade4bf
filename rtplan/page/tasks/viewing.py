"""What the viewer asks of a case: pictures and numbers of the answer that lies in the child's memory."""

from __future__ import annotations

from pathlib import Path

from rtplan.page.tasks.answering import answered_reirradiation
from rtplan.page.viewer import Scene, scene_of, view_answer
from rtplan.work import Desk, Reply

__all__ = ["view_case"]


def view_case(desk: Desk) -> Reply:
    """Return one view of a case.

    Parameters
    ----------
    desk : Desk
        ``case``: path of the case file; ``what``: of the viewer's names; ``query``: what is said beside it.
    """
    done = answered_reirradiation(desk, Path(desk.arguments["case"]))
    kept = desk.kept.get("scene")
    if kept is None or kept[0] != done.sha256:
        kept = (done.sha256, scene_of(done.answer))
        desk.kept["scene"] = kept
    scene: Scene = kept[1]
    view = view_answer(scene, desk.arguments["what"], desk.arguments["query"])
    return Reply(body={"media_type": view.media_type}, content=view.content)
