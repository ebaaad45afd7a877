"""Accounts: signing in and out, links from mails, one's own data and sessions.

Whoever is not signed in sends the stranger's credentials, everybody else their own.
"""

from animal.core.tests.access_matrix.table import rows

# Open to all: they are how people come in. A disabled account stays out through every one of these doors.
SIGNING_IN = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/auth/signup/
  POST    201    201    201    201    201    201    201    201    201    201
/api/auth/login/
  POST    200    200    200    200    200    200    200    401    200    200
/api/token/
  POST    200    200    200    200    200    200    200    401    200    200
/api/token/refresh/
  POST    401    401    200    200    200    200    200    401    200    200
/api/auth/logout/
  POST    200    200    200    200    200    200    200    200    200    200
/api/auth/google/
  POST    200    200    200    200    200    200    200    401    200    200
/api/auth/magic/request/
  POST    200    200    200    200    200    200    200    200    200    200
/api/auth/magic/consume/
  POST    200    200    200    200    200    200    200    400=   200    200
/api/auth/verify-email/
  POST    200    200    200    200    200    200    200    400=   200    200
  GET     200    200    200    200    200    200    200    400=   200    200
/api/auth/resend-verification/
  POST    200    200    200    200    200    200    200    200    200    200
/api/auth/forgot-password/
  POST    200    200    200    200    200    200    200    200    200    200
/api/auth/reset-password/
  POST    200    200    200    200    200    200    200    400=   200    200
/api/auth/users/count/
  GET     200    200    200    200    200    200    200    200    200    200
""")

MINE = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/auth/profile/
  GET     401    401    200    200    200    200    200    401    200    200
/api/v1/me/password/
  POST    401    401    200    200    200    200    200    401    200    200
/api/v1/me/email/
  POST    401    401    200    200    200    200    200    401    200    200
/api/v1/me/
  DELETE  401    401    200    200    200    200    200    401    200    200
/api/v1/me/export/
  POST    401    401    202    202    202    202    202    401    202    202
# Only the owner has asked for one.
  GET     401    401    404    200    404    404    404    401    404    404
/api/v1/me/export/<uuid:export_id>/<int:part>/
  GET     401    401    404    200    404    404    404    401    404    404    the owner's export
/api/v1/sessions/
  GET     401    401    200    200    200    200    200    401    200    200
  DELETE  401    401    204    204    204    204    204    401    204    204
/api/v1/sessions/<uuid:session_id>/
  DELETE  401    401    404    204    404    404    404    401    404    404    a session of the owner
""")

ROWS = [*SIGNING_IN, *MINE]
