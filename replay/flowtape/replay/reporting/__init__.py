"""What a run of pytest tells of its flows, beside what pytest tells of its tests.

- an **entry** is what is told of one replay: plain data, made where the test ran, carried to pytest-xdist's controller in a report;
- a **summary** is all entries of a run, in the order of their tests;
- it is written for a `terminal`, for programs (`json_file`), and for a CI's page (`markdown`); `collected` is the pytest plugin
  that gathers entries and calls the three.

Recorded values and what the application answers are strangers' words: each of the three makes them harmless in its own way.
"""
