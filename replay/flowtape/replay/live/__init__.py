"""Rerecording: a flow is played again, not against its record but against *live* dependencies, and what is said is recorded.

- the **live** dependencies are where the developer says, or where flowtape.yaml does (`addresses`);
- a **relay** (flowtape.capture.taps.relay) stands before each database and hears what it forwards (`relays`); in process, HTTP and
  HTTPS pass through vcrpy (`cassette`), and of a command through the agent's proxy, in another process (`proxy`);
- the **stage** is replay's own, with its clock and its walls, but for these (`stage`);
- what was heard is one **flow**, since nothing else was asked at the time. It is sanitised in memory and written to a recording
  (`rerecording`), of which `flowtape rerecord` makes a flow file anew.
"""
