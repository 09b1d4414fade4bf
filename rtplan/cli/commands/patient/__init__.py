"""Commands about a patient's files: plans, structures, doses, courses."""
