"""Timing: a call is a flow's if no other flow was there to make it.

A call may be part of each request that was in flight when the call started, and of each that had been answered less than the quiet
time before: a background task, or a framework that gives its connection back after the response. With one such request the
call is its; with more it is in doubt; with none it is background.
"""

from __future__ import annotations

from flowtape.capture.correlate.open_flow import OpenFlow, Windows
from flowtape.capture.exchange import Exchange
from flowtape.capture.flow import Evidence

CONFIDENCE = 0.9995
EVIDENCE = Evidence("alone", "no other request was in flight", CONFIDENCE)


def candidates(call: Exchange, windows: Windows) -> list[OpenFlow]:
    return windows.overlapping(call.started, call.started)
