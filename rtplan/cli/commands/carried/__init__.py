"""Commands about what the package carries: its tables, synthetic patients, its proof of itself."""
