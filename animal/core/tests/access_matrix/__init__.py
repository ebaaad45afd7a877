"""Who may do what: every route, every method, ten kinds of people.

`rows_*.py` hold the table, written by hand: what the answer has to be, not what it happens to be. It reads

    /route
      METHOD  ten cells  [the thing that it is about]

and `people.py` and `things.py` say who and what these are. A cell is a status, or one of

    in      sent to the sign-in page
    400=    refused in the words that a missing thing is refused with

For each cell, `test_matrix.py` sends a request that only access can refuse. Who is denied (401, 403, 404, `in`,
`400=`) gets byte for byte the answer of a thing that does not exist, and not a row of the database changes.

A new route fails `test_completeness.py` until its line is written.
"""
