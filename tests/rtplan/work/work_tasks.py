"""Tasks that a child process is asked in the tests of `rtplan.work`."""

from __future__ import annotations

import os
import time

from rtplan.errors import NotStatedError
from rtplan.work import Desk, Reply


def add(desk: Desk) -> Reply:
    desk.progress("adding")
    return Reply(body={"sum": desk.arguments["a"] + desk.arguments["b"]}, content=b"\x00picture")


def count(desk: Desk) -> Reply:
    """How often this child was asked."""
    desk.kept["times"] = desk.kept.get("times", 0) + 1
    return Reply(body={"times": desk.kept["times"]})


def chatter(desk: Desk) -> Reply:
    print("a library that prints")
    os.write(1, b"and one that writes to the stream itself\n")
    return Reply(body={"said": True})


def refuse(desk: Desk) -> Reply:
    raise NotStatedError(f"nothing known of {desk.arguments['folder']}", missing=("--prior",))


def fault(desk: Desk) -> Reply:
    return Reply(body={"ratio": 1 / desk.arguments["zero"]})


def die(desk: Desk) -> Reply:
    os._exit(7)


def hang(desk: Desk) -> Reply:
    time.sleep(600)
    return Reply()


def hoard(desk: Desk) -> Reply:
    return Reply(body={"size": len(bytearray(desk.arguments["megabytes"] * 2**20))})
