"""The files of a suite.

- a **flow file** (`paid_by_card.yaml`) holds a `Case`: the request, the calls it causes, the response;
- its **cassette** (`paid_by_card.http.yaml`) holds the HTTP calls of the same flow, for vcrpy too;
- a **session file** (`session.yaml`, one a suite) holds a `Session`: what may be asked at any time;
- a **document** is what all of them are written in: YAML with no tags, aliases or surprises.

    case = load(Path("post_orders/paid_by_card.yaml"))
    flow_text, cassette_text = dump(case)
"""

from flowtape.replay.flowfile.case import Captured, Case, RecordedCall, Session
from flowtape.replay.flowfile.document import FlowFileError
from flowtape.replay.flowfile.file import cassette_path, dump, dump_session, load, load_session, parse, parse_session

__all__ = [
    "Captured",
    "Case",
    "FlowFileError",
    "RecordedCall",
    "Session",
    "cassette_path",
    "dump",
    "dump_session",
    "load",
    "load_session",
    "parse",
    "parse_session",
]
