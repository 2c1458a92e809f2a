"""One kind of personal data or secret a file: `make(keyed, value)` gives its pseudonym, `ours(value)` knows one again.

A pseudonym keeps the value's format, is drawn from the operator's key and the value alone (equal values get equal
pseudonyms, anywhere and in any run), and carries a *mark* that anyone can check without the key, so that an audit can
tell a pseudonym from a raw value: a reserved range (example domains, test cards, documentation addresses), a word of
our lists, or last characters that follow from the ones before them.
"""
