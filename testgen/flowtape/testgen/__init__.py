"""The generating: a recording becomes a suite."""
