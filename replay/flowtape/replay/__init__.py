"""The replaying: a recorded flow against the current code, with every dependency answered from the record.

- a **case** is one flow file: request, calls, response (`flowfile`);
- the **tape** is what may be answered during one replay, and the note of all that was asked (`tape`; `match` says when two
  questions are the same, `variables` what differs from run to run, `nearest` why there is no answer);
- an **answering server** speaks a dependency's protocol to the application's own driver (`protocols`, run by `servers`); in
  process, HTTP is caught by vcrpy instead (`cassettes`);
- the **stage** is the application with its servers, its clock and its walls, for one test session (`stage`, `application`,
  `clock`, `network`);
- **effects** are what the service changed; the **verdict** is on them and on the response (`effects`, `difference`, `verdict`).

The way: `plugin` hands a test its `replay` fixture, `suite` finds what belongs to the test, the stage plays it:

    stage = Stage(configuration)
    run = stage.play(case, session)
    verdict = judge(differences(expected, run.outcome.response), run.tape.recorded_effects(), run.tape.effects(), run.tape)
"""
