"""PostgreSQL's frontend/backend protocol 3.0 and 3.2.

`messages` are the protocol's data units; `wire` reads and writes them (the client's in `frontend`, the server's in `backend`).
`codec` is the way in: start-up and encryption; `dialogue` pairs questions with answers; a `draft` is an exchange in the making;
`values` turns binary values into text and back; `session` tells a driver's own traffic from the service's; `boundary` says where a
connection may be taken up again after a loss.
"""
