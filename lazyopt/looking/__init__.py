"""Looking at graphs: statistics, pictures, source text and pages.

``statistics``
    Totals by op: counts, bytes, operations.
``source``
    The schedule as a Python function to read.
``drawing``
    What the pictures share: axes, colours, a part of a long schedule.
``circuit``, ``network``, ``charts``
    The graph as a circuit, as a network, and its ops in charts.
``markup``, ``style``, ``timeline``, ``tables``, ``pages``
    HTML: escaped text, how it looks, memory over the steps, tables, and what
    a notebook shows.
"""
