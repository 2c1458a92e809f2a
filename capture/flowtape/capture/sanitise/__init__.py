"""What hides personal data and secrets, in memory, before anything is written.

- A *kind* is a sort of value to hide: e-mail, card, session, … (`pseudonyms.registry.KINDS`).
- A *pseudonym* stands for a value: of the same format, made from the operator's key and the value alone, with a mark by which
  an audit knows it without the key.
- A value is recognised by the name of its place (`names`, `sql` for columns) or by its shape (`detectors`); a `Policy` puts the
  configuration's rules before both.
- A *visitor* is shown every value of a flow with what its place says (`walk`, `http`, `statements`, `redis`, `bodies`): the
  sanitiser's two passes are visitors, and so is the audit.
- What a flow is *known* to hold is replaced at all its places, however it was found at one of them.

    sanitiser = Sanitiser(Policy(configuration.sanitise), key_from_environment(configuration.sanitise.key))
    clean = sanitiser.flow(flow)
    findings = list(audit(Path("recording"), Policy(configuration.sanitise)))
"""
