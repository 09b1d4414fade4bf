"""The page on this machine: two courses dropped, an answer to look at, to turn and to sign.

It edits a case file and runs it, nothing else: `rtplan case run` of the same file gives the same numbers.
"""

from __future__ import annotations

from rtplan.page.app import page_app
from rtplan.page.guard import Keys
from rtplan.page.office import Office, Resources
from rtplan.page.server import default_work_folder, serve_page

__all__ = ["Keys", "Office", "Resources", "default_work_folder", "page_app", "serve_page"]
