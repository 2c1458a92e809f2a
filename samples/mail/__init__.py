"""A stand-in for a mail service: it takes messages and gives each a number."""
