"""The fuzzer's own modules are run as programs; there is nothing in them for pytest to collect."""

collect_ignore = ["mutations.py", "worker.py"]
