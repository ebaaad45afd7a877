"""What happens between people: conversations, matches, alerts, complaints and blocks, and the staff's doors."""

from animal.core.tests.access_matrix.table import rows

# Only those who take part, and staff are not among them. An unproven address takes part in nothing: anybody can sign up
# with the address of a guest to read the answers.
CHAT = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/auth/chat/conversations/
  GET     401    401    200    200    200    200    200    401    200    200
/api/auth/chat/conversations/<uuid:conversation_id>/
  GET     401    401    404    200    200    404    404    401    404    404    their conversation
  GET     401    401    404    200    404    404    200    401    404    404    the conversation with the blocked
  GET     401    401    404    200    404    404    404    401    404    404    the conversation with a guest
  GET     401    401    404    404    404    404    200    401    404    404    a conversation the blocked opened since
/api/auth/chat/conversations/<uuid:conversation_id>/messages/
  GET     401    401    404    200    200    404    404    401    404    404    their conversation
  GET     401    401    404    200    404    404    200    401    404    404    the conversation with the blocked
  GET     401    401    404    200    404    404    404    401    404    404    the conversation with a guest
  GET     401    401    404    404    404    404    200    401    404    404    a conversation the blocked opened since
  POST    401    401    404    201    201    404    404    401    404    404    their conversation
# Who blocks cannot write either (409); to the blocked all looks as ever.
  POST    401    401    404    409    404    404    201    401    404    404    the conversation with the blocked
  POST    401    401    404    201    404    404    404    401    404    404    the conversation with a guest
  POST    401    401    404    404    404    404    201    401    404    404    a conversation the blocked opened since
/api/auth/chat/conversations/start/
  POST    401    401    403    200    200    200    200    401    200    200    the owner's lost report
  POST    401    401    403    200    200    200    200    401    200    200    the other side's found report
# One's own report is nothing to write about (400), which its reporter may know.
  POST    401    401    403    400    404    404    404    401    404    404    a resolved report
  POST    401    401    403    400    404    404    404    401    404    404    a report that staff hid
  POST    401    401    403    404    404    404    404    401    404    404    a draft of the unproven account
  POST    401    401    403    404    404    404    404    401    404    404    a report of the disabled account
# Needs no account: whoever has a disabled or an unproven one writes as a guest.
/api/auth/pets/contact-owner/
  POST    200    200    200    400    200    200    200    200    200    200    the owner's lost report
  POST    200    200    200    200    400    200    200    200    200    200    the other side's found report
  POST    404    404    404    400    404    404    404    404    404    404    a resolved report
  POST    404    404    404    400    404    404    404    404    404    404    a report that staff hid
  POST    404    404    404    404    404    404    404    404    404    404    a draft of the unproven account
  POST    404    404    404    404    404    404    404    404    404    404    a report of the disabled account
/api/auth/api/auth/conversations/share-info/
  POST    401    401    404    200    200    404    404    401    404    404    their conversation
  POST    401    401    404    200    404    404    200    401    404    404    the conversation with the blocked
/api/auth/share-contact/<uuid:conversation_id>/<str:user_type>/<str:answer>/
  POST    401    401    404    200    200    404    404    401    404    404    their conversation
# By the server that receives our mail, which has the secret, for the address that each of these wrote from.
/api/auth/email/forward-reply/
  POST    400=   400=   400=   200    200    400=   400=   400=   400=   400=   their conversation
  POST    400=   400=   400=   409    400=   400=   200    400=   400=   400=   the conversation with the blocked
  POST    401    401    401    401    401    401    401    401    401    401    their conversation, without the secret
""")

# A question ("is this Milo?") is the owner's alone. Only the owner says yes; either side may say no, once.
MATCHES = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/v1/matches/
  GET     401    401    200    200    200    200    200    401    200    200
/api/v1/matches/<int:match_id>/
  GET     401    401    404    200    200    404    404    401    404    404    the confirmed match
  GET     401    401    404    200    200    404    404    401    404    404    an open match
  GET     401    401    404    200    404    404    404    401    404    404    a question
/api/v1/matches/<int:match_id>/confirm/
  POST    401    401    404    200    404    404    404    401    404    404    the confirmed match
  POST    401    401    404    200    404    404    404    401    404    404    an open match
  POST    401    401    404    200    404    404    404    401    404    404    a question
/api/v1/matches/<int:match_id>/dismiss/
  POST    401    401    404    409    409    404    404    401    404    404    the confirmed match
  POST    401    401    404    200    200    404    404    401    404    404    an open match
  POST    401    401    404    200    404    404    404    401    404    404    a question
""")

ALERTS = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/auth/alerts/
  GET     401    401    200    200    200    200    200    401    200    200
  POST    401    401    201    201    201    201    201    401    201    201
/api/auth/alerts/<int:subscription_id>/
  GET     401    401    404    200    404    404    404    401    404    404    an area of the owner
  PUT     401    401    404    200    404    404    404    401    404    404    an area of the owner
  PATCH   401    401    404    200    404    404    404    401    404    404    an area of the owner
  DELETE  401    401    404    204    404    404    404    401    404    404    an area of the owner
/api/auth/notifications/
  GET     401    401    200    200    200    200    200    401    200    200
/api/v1/notifications/choices/
  GET     401    401    200    200    200    200    200    401    200    200
  PATCH   401    401    200    200    200    200    200    401    200    200
# A browser that was somebody else's is theirs who use it now.
/api/v1/push/
  GET     401    401    200    200    200    200    200    401    200    200
  POST    401    401    201    201    201    201    201    401    201    201
/api/v1/push/<int:device_id>/
  DELETE  401    401    404    204    404    404    404    401    404    404    a browser of the owner
/api/auth/notifications/read-all/
  POST    401    401    200    200    200    200    200    401    200    200
  PUT     401    401    200    200    200    200    200    401    200    200
/api/auth/notifications/<int:notification_id>/read/
  POST    401    401    404    200    404    404    404    401    404    404    a notification of the owner
  PUT     401    401    404    200    404    404    404    401    404    404    a notification of the owner
""")

# One complains about what one sees, and blocks whom one has met; about one's own the answer is 400.
MODERATION = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/v1/abuse-reports/
  GET     401    401    200    200    200    200    200    401    200    200
  POST    401    401    201    400    201    201    201    401    201    201    the owner's lost report
  POST    401    401    404    400    404    404    404    401    404    404    a resolved report
  POST    401    401    404    400    404    404    404    401    404    404    a report that staff hid
  POST    401    401    400    404    404    404    404    401    404    404    a draft of the unproven account
  POST    401    401    404    400    404    404    404    401    404    404    a private pet
  POST    401    401    201    400    201    201    201    401    201    201    a public pet
  POST    401    401    201    400    201    201    201    401    201    201    a lost pet
  POST    401    401    404    404    404    404    404    401    404    404    a deleted pet
  POST    401    401    404    201    400    404    404    401    404    404    a message of the other side
  POST    401    401    404    404    404    404    400    401    404    404    a message that the blocked sent since
  POST    401    401    404    201    400    404    404    401    404    404    the other side
  POST    401    401    404    201    404    404    400    401    404    404    the blocked
/api/v1/blocks/
  GET     401    401    200    200    200    200    200    401    200    200
/api/v1/blocks/<int:user_id>/
  PUT     401    401    404    204    400    404    404    401    404    404    the other side
  PUT     401    401    404    204    404    404    400    401    404    404    the blocked
  PUT     401    401    404    400    204    404    204    401    404    404    the owner
  DELETE  401    401    404    204    404    404    404    401    404    404    the blocked
  DELETE  401    401    404    404    404    404    404    401    404    404    the owner
# To everybody but moderators there is nothing here.
/api/v1/moderation/hide/
  POST    401    401    404    404    404    404    404    401    200    200    the owner's lost report
  POST    401    401    404    404    404    404    404    401    200    200    a photo of the owner
/api/v1/moderation/unhide/
  POST    401    401    404    404    404    404    404    401    200    200    a report that staff hid
""")

ROWS = [*CHAT, *MATCHES, *ALERTS, *MODERATION]
