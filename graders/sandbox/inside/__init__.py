"""The sandboxed side: what runs beside a student's code.

This package imports nothing of the project but itself. It shares its process with the student's
code, so nothing it says is evidence: the parent checks every byte.
"""
