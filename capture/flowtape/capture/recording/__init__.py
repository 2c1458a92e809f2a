"""The recording: an append-only series of segments of sanitised records, on a disk or an object store.

- A *record* is a `Flow`, an `Outside` (what belongs to no flow) or `Counts` (what was heard, kept and left out).
- A *segment* is one file: a header, then records, each with its length and checksums. It ends where the file ends.
- A *damage* is a place in a segment that could not be read. What lies around it still is.

    writer = RecordingWriter("recording", "shop")
    writer.write(flow)            # False where it could not be kept: writer.stopped says why
    writer.close()
    reader = Reader("recording")
    flows = [record for record in reader if isinstance(record, Flow)]
    reader.damages                # what could not be read

Nothing but sanitised records may be handed to a writer: what it is given reaches the disk.
"""

from flowtape.capture.recording.encoding import Counts, Record
from flowtape.capture.recording.reader import Damage, Reader
from flowtape.capture.recording.segment import RecordingError
from flowtape.capture.recording.writer import RecordingWriter

__all__ = ["Counts", "Damage", "Reader", "Record", "RecordingError", "RecordingWriter"]
