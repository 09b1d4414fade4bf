"""A question answered in a child process with limits, objects kept whole by content, and jobs that survive.

Page, inbox and cohort share it. A refusal, a crash or a kill of the child is a message; the parent lives.
"""

from __future__ import annotations

from rtplan.work.child import Allowance, Child, Outcome, Reply, Task
from rtplan.work.database import open_database
from rtplan.work.desk import Desk
from rtplan.work.jobs import Job, JobQueue, JobState
from rtplan.work.objects import DiskFullError, ObjectStore, StoredObject, private_folder

__all__ = [
    "Allowance",
    "Child",
    "Desk",
    "DiskFullError",
    "Job",
    "JobQueue",
    "JobState",
    "ObjectStore",
    "Outcome",
    "Reply",
    "StoredObject",
    "Task",
    "open_database",
    "private_folder",
]
