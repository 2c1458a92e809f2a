"""How the application under test is run: each way in one file, all of them an `Application` (outcome.py).

`asgi` and `wsgi` call it in this process, `command` starts a program of any language and asks it over a socket.
"""
