"""``rtplan constraints``: the constraint sets that are carried, and a clinic's own files."""

from __future__ import annotations

import argparse
from pathlib import Path

from rtplan.cli.frame import add_json_flag
from rtplan.documents import (
    Document,
    added_set_document,
    clinic_template_document,
    constraint_set_document,
    constraint_sets_document,
    differences_document,
    export_document,
    verification_document,
    write_constraint_set,
)
from rtplan.files import write_whole
from rtplan.limits import (
    COLUMNS,
    REQUIRED_COLUMNS,
    added_set,
    constraint_sets,
    load_constraint_set,
    shipped_folder,
)

__all__ = ["add_subparser", "run"]


def add_subparser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Add ``rtplan constraints list | show | verify | diff | export | add``."""
    parser = subparsers.add_parser(
        "constraints",
        help="the constraint sets that are carried",
        description="One set is one published table in one edition. Sets are compared, never blended. "
        "A clinic's own file (.csv, .toml or .xlsx) has one row per limit with "
        f"{', '.join(REQUIRED_COLUMNS)}, and may have "
        f"{', '.join(c for c in COLUMNS if c not in REQUIRED_COLUMNS)}.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add_json_flag(actions.add_parser("list", help="the sets, their sources and content hashes"))
    show = actions.add_parser("show", help="the rows of one set")
    show.add_argument("set", help="a set's name, or a clinic's file")
    show.add_argument("--organ", metavar="NAME", help="only rows of this organ")
    add_json_flag(show)
    verify = actions.add_parser("verify", help="check a file, or all sets, for what looks copied wrongly")
    verify.add_argument("file", nargs="?", help="a clinic's file or a set's name; all sets when left out")
    add_json_flag(verify)
    diff = actions.add_parser("diff", help="what two sets do not share")
    diff.add_argument("a")
    diff.add_argument("b")
    add_json_flag(diff)
    export = actions.add_parser("export", help="write one set as CSV, to be edited by hand")
    export.add_argument("set")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.add_argument("--overwrite", action="store_true", help="replace a file of other content")
    add_json_flag(export)
    add = actions.add_parser(
        "add", help="add a set: its file is checked, its hash and its entry are computed"
    )
    add.add_argument(
        "file", type=Path, help="CSV with the columns of a constraint file; its name is the set's"
    )
    for word in ("title", "edition", "citation"):
        add.add_argument(f"--{word}", required=True, help=f"{word} of the published table")
    add.add_argument(
        "--out", type=Path, metavar="FOLDER", help="folder with sets.csv; the package's own when left out"
    )
    add_json_flag(add)
    template = actions.add_parser("clinic-template", help="a clinic's file to start from")
    add_json_flag(template)
    return parser


def run(args: argparse.Namespace) -> Document:
    """Do what the action says."""
    return _ACTIONS[args.action](args)


def _list(_: argparse.Namespace) -> Document:
    return constraint_sets_document()


def _show(args: argparse.Namespace) -> Document:
    return constraint_set_document(load_constraint_set(args.set), organ=args.organ)


def _verify(args: argparse.Namespace) -> Document:
    names = [args.file] if args.file else [entry.name for entry in constraint_sets()]
    return verification_document([load_constraint_set(name) for name in names])


def _diff(args: argparse.Namespace) -> Document:
    return differences_document(load_constraint_set(args.a), load_constraint_set(args.b))


def _export(args: argparse.Namespace) -> Document:
    content = load_constraint_set(args.set)
    write_constraint_set(content, args.out, overwrite=args.overwrite)
    return export_document(content, file=args.out.name)


def _clinic_template(_: argparse.Namespace) -> Document:
    return clinic_template_document()


def _add(args: argparse.Namespace) -> Document:
    folder = args.out or shipped_folder()
    added = added_set(
        args.file, folder=folder, title=args.title, edition=args.edition, citation=args.citation
    )
    write_whole(folder / f"{added.entry.name}.csv", added.content, overwrite=False)
    write_whole(folder / "sets.csv", added.index, overwrite=True)
    return added_set_document(added)


_ACTIONS = {
    "list": _list,
    "show": _show,
    "verify": _verify,
    "diff": _diff,
    "export": _export,
    "add": _add,
    "clinic-template": _clinic_template,
}
