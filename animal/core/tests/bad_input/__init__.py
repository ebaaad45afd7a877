"""Everything wrong that can be sent to any route: a 4xx in our error shape, nothing written, never a 500.

`calls` is the table of the routes and `values` the table of what is wrong; the tests multiply them. A route that is
added to the API without a row in the table fails `test_every_route`.
"""
