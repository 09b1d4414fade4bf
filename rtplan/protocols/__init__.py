"""Trial protocols: criteria, regimens, schedules and endpoints as data, held against patient and plan."""
