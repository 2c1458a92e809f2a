"""PostgreSQL's frontend/backend protocol 3.0 and 3.2.

`messages` are the protocol's data units; `wire` reads and writes them (client's in `frontend`, server's in `backend`);
`values` turns binary values into text and back; `codec` pairs questions with answers.
"""
