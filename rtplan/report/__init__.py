"""Reports: built as data (`rtplan.report.model`), then rendered; the clock stays outside."""
