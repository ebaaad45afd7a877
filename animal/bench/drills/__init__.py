"""Fault drills: real processes, real faults, and an account of what became of everything that was accepted."""
