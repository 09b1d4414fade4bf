"""Every address of the page."""

from __future__ import annotations

from starlette.routing import Route

from rtplan.page.views import answer, courses, files, home, middle_steps, tools, viewing
from rtplan.page.views.handling import changing, reading

__all__ = ["page_routes"]


def page_routes() -> list[Route]:
    """Return the routes; what reads is asked with GET, what changes with POST."""
    return [
        Route("/", reading(home.home)),
        Route("/new", changing(home.new_case), methods=["POST"]),
        Route("/demo", changing(home.demo_case), methods=["POST"]),
        Route("/static/{name}", reading(files.static_file)),
        Route("/static/{part}/{name}", reading(files.static_file)),
        Route("/check", reading(tools.checks), methods=["GET"]),
        Route("/check", changing(tools.new_check), methods=["POST"]),
        Route("/calculators", reading(tools.calculators), methods=["GET"]),
        Route("/calculators/comparison.svg", reading(tools.comparison_picture), methods=["GET"]),
        Route("/trials", reading(tools.trials), methods=["GET"]),
        Route("/trials", changing(tools.screening), methods=["POST"]),
        *_case_routes(),
    ]


def _case_routes() -> list[Route]:
    case = "/case/{case}"
    read = {
        "": home.case_start,
        "/courses": courses.courses,
        "/organs": middle_steps.organs,
        "/limits": middle_steps.limits,
        "/registration": middle_steps.registration,
        "/answer": answer.answer,
        "/answer/state": answer.answer_state,
        "/check": tools.check_case,
        "/record": answer.record,
        "/sign": answer.sign,
        "/view/{what}": viewing.view,
        "/view/{stand}/{what}": viewing.view,
        "/trail": files.trail,
        "/wipe": home.ask_wipe,
        "/dose.zip": answer.dose,
        "/export.zip": answer.export_case,
        "/{which:str}/report.{form:str}": answer.report,
    }
    change = {
        "/courses": courses.save_courses,
        "/dropped": courses.dropped,
        "/upload": courses.upload,
        "/path": courses.choose_path,
        "/typed": courses.type_course,
        "/table": courses.type_table,
        "/other-plan": courses.add_other_plan,
        "/remove": courses.remove_course,
        "/organs": middle_steps.save_organs,
        "/limits": middle_steps.save_limits,
        "/registration": middle_steps.save_registration,
        "/matrix": middle_steps.save_matrix,
        "/run": answer.run_case,
        "/record": answer.save_record,
        "/sign": answer.save_signature,
        "/check": tools.save_check,
        "/wipe": home.wipe_case,
    }
    return [
        *(Route(case + path, reading(handler), methods=["GET"]) for path, handler in read.items()),
        *(Route(case + path, changing(handler), methods=["POST"]) for path, handler in change.items()),
        Route(f"{case}/drop", courses.take_file, methods=["POST"]),
    ]
