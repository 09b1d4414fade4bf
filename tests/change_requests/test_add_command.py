"""A command is one module."""

from __future__ import annotations

import json
from typing import Any


def test_the_module_of_the_page_is_a_command_with_help_and_json(package_copy: Any, blocks_of: Any) -> None:
    (module,) = blocks_of("add-command.md")
    target = package_copy.root / "rtplan" / "cli" / "commands" / "typed" / "total.py"
    target.write_text(module, encoding="utf-8")
    assert "total" in package_copy.run(["--help"]).stdout
    assert package_copy.run(["total", "50.4Gy/28"]).stdout == "50.4 Gy\n"
    document = json.loads(package_copy.run(["total", "50.4Gy/28", "--json"]).stdout)
    assert (document["schema"], document["total_dose_gy"]) == ("rtplan.total/1", 50.4)
    refused = package_copy.run(["total", "fifty"])
    assert (refused.returncode, refused.stdout) == (2, "")


def test_a_module_without_the_first_line_is_no_command(package_copy: Any) -> None:
    folder = package_copy.root / "rtplan" / "cli" / "commands" / "typed"
    (folder / "shared.py").write_text('"""What two commands share."""\n', encoding="utf-8")
    assert "shared" not in package_copy.run(["--help"]).stdout
