"""The page served: on this machine only, on a port that the system chooses, until it is stopped."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from rtplan.page.app import page_app
from rtplan.page.guard import Keys
from rtplan.page.office import Office, Resources

__all__ = ["default_work_folder", "serve_page"]


def serve_page(
    resources: Resources, *, told: Callable[[str], None], opens_browser: bool, port: int = 0
) -> None:
    """Serve the page until it is interrupted.

    Parameters
    ----------
    resources : Resources
    told : callable
        Given the address once, as soon as the page answers there.
    opens_browser : bool
    port : int
        0 lets the system choose.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", port))
        keys = Keys(port=listening.getsockname()[1])
        app = page_app(Office(resources), keys)
        server = _Server(uvicorn.Config(app, log_level="error", access_log=False, lifespan="on"))
        server.on_start = lambda: _announce(keys.address, told, opens_browser=opens_browser)
        with contextlib.suppress(KeyboardInterrupt):  # how a page is ended
            server.run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    on_start: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self.on_start()


def _announce(address: str, told: Callable[[str], None], *, opens_browser: bool) -> None:
    told(address)
    if opens_browser:
        webbrowser.open(address)


def default_work_folder() -> Path:
    """Return where cases are kept when nobody says: the user's own folder for data of programs."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "rtplan" / "page"
