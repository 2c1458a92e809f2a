"""What hides personal data and secrets, before anything is written."""
