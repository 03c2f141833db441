"""This computer: processor, cores, memory, heat.

Comes in: what the kernel's files tell. Goes out: numbers and names, None where they are unknown.
"""
