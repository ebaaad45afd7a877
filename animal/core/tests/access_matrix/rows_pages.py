"""Pages for people, files, the API's description, probes, and the doors of the admin."""

from animal.core.tests.access_matrix.table import rows

# A disabled account's cookie signs nobody in.
PAGES = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/
  GET     200    200    200    200    200    200    200    200    200    200
/favicon.ico
  GET     301    301    301    301    301    301    301    301    301    301
/sw.js
  GET     200    200    200    200    200    200    200    200    200    200
/manifest.webmanifest
  GET     200    200    200    200    200    200    200    200    200    200
/offline
  GET     200    200    200    200    200    200    200    200    200    200
/drafts/ticket
  GET     200    200    200    200    200    200    200    200    200    200
/user
  GET     302    302    302    302    302    302    302    302    302    302
/auth/magic
  GET     200    200    200    200    200    200    200    200    200    200
  POST    302    302    302    302    302    302    302    400=   302    302
/sign-in
  GET     200    200    200    200    200    200    200    200    200    200
  POST    302    302    302    302    302    302    302    400=   302    302
# Back to /sign-in: it is the address of the second button there.
/sign-in/link
  GET     302    302    302    302    302    302    302    302    302    302
  POST    302    302    302    302    302    302    302    302    302    302
/sign-in/google
  GET     302    302    302    302    302    302    302    302    302    302
/sign-in/google/back
  GET     302    302    302    302    302    302    302    302    302    302
/sign-up
  GET     200    200    200    200    200    200    200    200    200    200
  POST    302    302    302    302    302    302    302    302    302    302
/forgot-password
  GET     200    200    200    200    200    200    200    200    200    200
  POST    302    302    302    302    302    302    302    302    302    302
/sign-out
  POST    302    302    302    302    302    302    302    302    302    302
# A cookie for whoever has no account.
/language
  POST    302    302    302    302    302    302    302    302    302    302
/privacy
  GET     200    200    200    200    200    200    200    200    200    200
/terms
  GET     200    200    200    200    200    200    200    200    200    200
/pet/map
  GET     200    200    200    200    200    200    200    200    200    200
/search
  GET     in     in     200    200    200    200    200    in     200    200
  POST    in     in     400=   400=   400=   400=   400=   in     400=   400=
/report
  GET     in     in     200    200    200    200    200    in     200    200
  POST    in     in     302    302    302    302    302    in     302    302
# The form comes back with the sentence (400): the pet does not exist for them.
  POST    in     in     400=   302    400=   400=   400=   in     400=   400=   a private pet
# A pet's pages are its owner's alone, as with the API.
/pets
  GET     in     in     200    200    200    200    200    in     200    200
/pets/new
  GET     in     in     200    200    200    200    200    in     200    200
  POST    in     in     302    302    302    302    302    in     302    302
/pets/<int:pet_id>
  GET     in     in     404    200    404    404    404    in     404    404    a private pet
  GET     in     in     404    200    404    404    404    in     404    404    a public pet
  GET     in     in     404    404    404    404    404    in     404    404    a deleted pet
  GET     in     in     404    404    404    404    404    in     404    404    a pet of the disabled account
  POST    in     in     404    302    404    404    404    in     404    404    a private pet
  POST    in     in     404    404    404    404    404    in     404    404    a deleted pet
/pets/<int:pet_id>/photos
  POST    in     in     404    302    404    404    404    in     404    404    a private pet
/pets/<int:pet_id>/photos/<uuid:image_id>/remove
  POST    in     in     404    302    404    404    404    in     404    404    a photo of a private pet
/pets/<int:pet_id>/look-again
  POST    in     in     404    302    404    404    404    in     404    404    a pet that could not be read
/pets/<int:pet_id>/new-tag
  POST    in     in     404    302    404    404    404    in     404    404    a lost pet
/pets/<int:pet_id>/delete
  GET     in     in     404    200    404    404    404    in     404    404    a lost pet
  POST    in     in     302=   302    302=   302=   302=   in     302=   302=   a private pet
  POST    in     in     302=   302=   302=   302=   302=   in     302=   302=   a deleted pet
/pets/<int:pet_id>/tag.svg
  GET     in     in     404    200    404    404    404    in     404    404    a private pet
  GET     in     in     404    404    404    404    404    in     404    404    a deleted pet
/pets/<int:pet_id>/tag.png
  GET     in     in     404    200    404    404    404    in     404    404    a private pet
  GET     in     in     404    404    404    404    404    in     404    404    a deleted pet
/pets/<int:pet_id>/tags.pdf
  GET     in     in     404    200    404    404    404    in     404    404    a private pet
  GET     in     in     404    404    404    404    404    in     404    404    a deleted pet
/pets/<int:pet_id>/poster.pdf
  GET     in     in     404    200    404    404    404    in     404    404    a lost pet
  GET     in     in     404    404    404    404    404    in     404    404    a deleted pet
/reports
  GET     in     in     200    200    200    200    200    in     200    200
# For who filed it, for the owner of its pet and of the tag it was filed by; only who filed it prints it.
/reports/<int:report_id>
  GET     in     in     404    200    404    404    404    in     404    404    the owner's lost report
  GET     in     in     404    404    200    404    404    in     404    404    the other side's found report
  GET     in     in     404    200    404    404    404    in     404    404    a report that staff hid
  GET     in     in     404    404    404    404    404    in     404    404    a report of the disabled account
/reports/<int:report_id>/status
  POST    in     in     404    302    404    404    404    in     404    404    the owner's lost report
  POST    in     in     404    404    404    404    404    in     404    404    a report of the disabled account
/reports/<int:report_id>/show
  POST    in     in     404    302    404    404    404    in     404    404    the owner's lost report
  POST    in     in     404    404    404    404    404    in     404    404    the other side's found report
/reports/<int:report_id>/look-again
  POST    in     in     404    302    404    404    404    in     404    404    a report that could not be read
/reports/<int:report_id>/poster.pdf
  GET     in     in     404    200    404    404    404    in     404    404    the owner's lost report
  GET     in     in     404    404    404    404    404    in     404    404    a report of the disabled account
# Whoever filed it rewrites it, and nobody else: neither the pet's owner nor the other side.
/reports/<int:report_id>/edit
  GET     in     in     404    200    404    404    404    in     404    404    the owner's lost report
  POST    in     in     404    302    404    404    404    in     404    404    the owner's lost report
  GET     in     in     404    404    404    404    404    in     404    404    a report of the disabled account
/reports/<int:report_id>/photos
  POST    in     in     404    302    404    404    404    in     404    404    the owner's lost report
/reports/<int:report_id>/photos/<uuid:image_id>/remove
  POST    in     in     404    404    302    404    404    in     404    404    the other side's found report
  POST    in     in     404    404    302=   404    404    in     404    404    the owner's photo, in another's report
/reports/<int:report_id>/delete
  GET     in     in     404    200    404    404    404    in     404    404    the owner's lost report
  POST    in     in     302=   302    302=   302=   302=   in     302=   302=   the owner's lost report
  POST    in     in     302=   302=   302=   302=   302=   in     302=   302=   a report of the disabled account
# What one cannot see cannot be reported, as with the API; one's own says so.
/reports/<int:report_id>/complain
  GET     in     in     200    400    200    200    200    in     200    200    the owner's lost report
  POST    in     in     302    400    302    302    302    in     302    302    the owner's lost report
  GET     in     in     404    400    404    404    404    in     404    404    a report that staff hid
  POST    in     in     400    404    404    404    404    in     404    404    a draft of the unproven account
/pets/<int:pet_id>/complain
  GET     in     in     200    400    200    200    200    in     200    200    a public pet
  POST    in     in     302    400    302    302    302    in     302    302    a lost pet
  GET     in     in     404    400    404    404    404    in     404    404    a private pet
  POST    in     in     404    404    404    404    404    in     404    404    a deleted pet
/messages/<uuid:message_id>/complain
  GET     in     in     404    200    400    404    404    in     404    404    a message of the other side
  POST    in     in     404    302    400    404    404    in     404    404    a message of the other side
  GET     in     in     404    404    404    404    400    in     404    404    a message that the blocked sent since
/people/<int:user_id>/complain
  GET     in     in     404    200    400    404    404    in     404    404    the other side
  POST    in     in     404    302    400    404    404    in     404    404    the other side
/blocks
  GET     in     in     200    200    200    200    200    in     200    200
/blocks/<int:user_id>
  POST    in     in     404    302    302    404    404    in     404    404    the other side
  POST    in     in     404    302    404    404    302    in     404    404    the blocked
/blocks/<int:user_id>/remove
  POST    in     in     302=   302    302=   302=   302=   in     302=   302=   the blocked
  POST    in     in     302=   302=   302=   302=   302=   in     302=   302=   the owner
/settings
  GET     in     in     200    200    200    200    200    in     200    200
/settings/notifications
  POST    in     in     302    302    302    302    302    in     302    302
/settings/language
  POST    in     in     302    302    302    302    302    in     302    302
/settings/push
  POST    in     in     302    302    302    302    302    in     302    302
/settings/push/<int:device_id>/remove
  POST    in     in     302=   302    302=   302=   302=   in     302=   302=   a browser of the owner
/settings/name
  POST    in     in     302    302    302    302    302    in     302    302
/settings/password
  POST    in     in     302    302    302    302    302    in     302    302
/settings/address
  POST    in     in     302    302    302    302    302    in     302    302
/settings/sessions/<uuid:session_id>/end
  POST    in     in     302=   302    302=   302=   302=   in     302=   302=   a session of the owner
/settings/sessions/end
  POST    in     in     302    302    302    302    302    in     302    302
/settings/export
  POST    in     in     302    302    302    302    302    in     302    302
/settings/export/<uuid:export_id>/<int:part>
  GET     in     in     404    200    404    404    404    in     404    404    the owner's export
/settings/delete
  GET     in     in     200    200    200    200    200    in     200    200
# Whose account was closed by a first click is not led to the page that takes it back.
  POST    302=   302=   302    302    302    302    302    302=   302    302
/alerts
  GET     in     in     200    200    200    200    200    in     200    200
  POST    in     in     302    302    302    302    302    in     302    302
/alerts/<int:subscription_id>
  POST    in     in     404    302    404    404    404    in     404    404    an area of the owner
/alerts/<int:subscription_id>/remove
  POST    in     in     302=   302    302=   302=   302=   in     302=   302=   an area of the owner
/notifications
  GET     in     in     200    200    200    200    200    in     200    200
/notifications/read
  POST    in     in     302    302    302    302    302    in     302    302
/notifications/<int:notification_id>
  POST    in     in     404    302    404    404    404    in     404    404    a notification of the owner
/found/<str:tag>
  GET     200    200    200    200    200    200    200    200    200    200    a private pet
  GET     404    404    404    404    404    404    404    404    404    404    a tag that was rotated away
  GET     404    404    404    404    404    404    404    404    404    404    a deleted pet
  GET     404    404    404    404    404    404    404    404    404    404    a pet of the disabled account
/found/<str:tag>/
  GET     200    200    200    200    200    200    200    200    200    200    a private pet
  GET     404    404    404    404    404    404    404    404    404    404    a deleted pet
/found/<str:tag>/report
  POST    302    302    302    400    302    302    302    302    302    302    a private pet
  POST    404    404    404    404    404    404    404    404    404    404    a tag that was rotated away
  POST    404    404    404    404    404    404    404    404    404    404    a deleted pet
/T/<str:tag>
  GET     302    302    302    302    302    302    302    302    302    302    a private pet
  GET     404    404    404    404    404    404    404    404    404    404    a deleted pet
# A private pet has no public case, whoever asks; what staff hid and what is settled has none any more.
/lost/<int:case_id>
  GET     200    200    200    200    200    200    200    200    200    200    a lost report without a pet
  GET     404    404    404    404    404    404    404    404    404    404    a resolved report
  GET     404    404    404    404    404    404    404    404    404    404    a report that staff hid
  GET     404    404    404    404    404    404    404    404    404    404    the other side's found report
  GET     404    404    404    404    404    404    404    404    404    404    a draft of the unproven account
  GET     404    404    404    404    404    404    404    404    404    404    a report of the disabled account
/lost/<int:case_id>/share.jpg
  GET     200    200    200    200    200    200    200    200    200    200    a lost report without a pet
  GET     404    404    404    404    404    404    404    404    404    404    a report that staff hid
/lost/<int:case_id>/message
  POST    302    302    302    400    302    302    302    302    302    302    a lost report without a pet
  POST    404    404    404    404    404    404    404    404    404    404    a report that staff hid
# As with a lost animal's page: what is not open to everybody is nobody's.
/finds/<int:report_id>
  GET     200    200    200    200    200    200    200    200    200    200    the other side's found report
  GET     404    404    404    404    404    404    404    404    404    404    the owner's lost report
  GET     404    404    404    404    404    404    404    404    404    404    a draft of the unproven account
  GET     404    404    404    404    404    404    404    404    404    404    a report of the disabled account
/finds/<int:report_id>/message
  POST    302    302    302    302    400    302    302    302    302    302    the other side's found report
  POST    404    404    404    404    404    404    404    404    404    404    a lost report without a pet
/follow-up/<str:token>
  GET     404    200    404    404    404    404    404    404    404    404    the guest's link
  GET     404    404    404    404    404    404    404    404    404    404    a link to their conversation
  POST    404    302    404    404    404    404    404    404    404    404    the guest's link
/follow-up/<str:token>/end
  POST    302=   302    302=   302=   302=   302=   302=   302=   302=   302=   the guest's link
  POST    302=   302=   302=   302=   302=   302=   302=   302=   302=   302=   a link to their conversation
# Whoever holds the link of a mail, signed in or not; one of another purpose is none.
/unsubscribe/<str:stop_token>
  GET     200    200    200    200    200    200    200    200    200    200    a link that stops mails to the owner
  POST    200    200    200    200    200    200    200    200    200    200    a link that stops mails to the owner
  GET     404    404    404    404    404    404    404    404    404    404    a link of another purpose
  POST    404    404    404    404    404    404    404    404    404    404    a link of another purpose
# Only where DEBUG is on.
/dev/mails/
  GET     404    404    404    404    404    404    404    404    404    404
/dev/mails/<str:kind>
  GET     404    404    404    404    404    404    404    404    404    404    a kind of mail
/matches/<int:match_id>/<str:answer>
  POST    in     in     404    302    404    404    404    in     404    404    an open match
  POST    in     in     404    302    404    404    404    in     404    404    a question
  POST    in     in     302=   302    302    302=   302=   in     302=   302=   an open match, to say no
/chat/<uuid:conversation_id>
  GET     in     in     404    200    200    404    404    in     404    404    their conversation
  GET     in     in     404    200    404    404    200    in     404    404    the conversation with the blocked
  POST    in     in     404    302    302    404    404    in     404    404    their conversation
  POST    in     in     404    409    404    404    302    in     404    404    the conversation with the blocked
/chat
  GET     in     in     200    200    200    200    200    in     200    200
# The owner of a pet that somebody without an account found by its tag.
/chat/<uuid:conversation_id>/shut-out
  POST    in     in     404    302    404    404    404    in     404    404    the guest's report
  POST    in     in     404    404    404    404    404    in     404    404    their conversation
/chat/<uuid:conversation_id>/let-in
  POST    in     in     404    302    404    404    404    in     404    404    the guest's report
  POST    in     in     404    404    404    404    404    in     404    404    their conversation
""")

# Names of files cannot be guessed: who was given one may see the picture, until staff hide it. An export is no such
# file.
FILES = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/media/<path:name>
  GET     200    200    200    200    200    200    200    200    200    200    a photo of the owner
  GET     404    404    404    404    404    404    404    404    404    404    a photo that staff hid
  GET     404    404    404    404    404    404    404    404    404    404    the owner's export
""")

DESCRIPTION = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/schema/
  GET     200    200    200    200    200    200    200    200    200    200
/api/docs/
  GET     200    200    200    200    200    200    200    200    200    200
/api/redoc/
  GET     200    200    200    200    200    200    200    200    200    200
""")

PROBES = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/health
  GET     200    200    200    200    200    200    200    200    200    200
/health/
  GET     200    200    200    200    200    200    200    200    200    200
/api/health
  GET     200    200    200    200    200    200    200    200    200    200
/api/health/
  GET     200    200    200    200    200    200    200    200    200    200
/ready
  GET     200    200    200    200    200    200    200    200    200    200
/ready/
  GET     200    200    200    200    200    200    200    200    200    200
/api/v1/health/
  GET     200    200    200    200    200    200    200    200    200    200
/api/v1/version/
  GET     200    200    200    200    200    200    200    200    200    200
/metrics/
  GET     401    401    403    403    403    403    403    401    200    200
""")

# Only staff get in; the password of anybody else leads back to the form (200). For what is inside see rows_admin.
ADMIN = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/admin/
  GET     in     in     in     in     in     in     in     in     200    200
/admin/login/
  GET     200    200    200    200    200    200    200    200    302    302
  POST    200    200    200    200    200    200    200    200    302    302
/admin/logout/
  POST    302    302    302    302    302    302    302    302    200    200
/admin/password_change/
  GET     in     in     in     in     in     in     in     in     200    200
  POST    in     in     in     in     in     in     in     in     302    302
/admin/password_change/done/
  GET     in     in     in     in     in     in     in     in     200    200
/admin/jsi18n/
  GET     in     in     in     in     in     in     in     in     200    200
# Names of accounts, which moderators may see; nothing has a page of its own to be shown on.
/admin/autocomplete/
  GET     in     in     in     in     in     in     in     in     200    200
/admin/r/<path:content_type_id>/<path:object_id>/
  GET     in     in     in     in     in     in     in     in     404    404    a report, by its type
/admin/<app>/
  GET     in     in     in     in     in     in     in     in     200    200    moderation
  GET     in     in     in     in     in     in     in     in     404    200    the queue
/admin/<url>
  GET     in     in     in     in     in     in     in     in     404    404    no page
""")

ROWS = [*PAGES, *FILES, *DESCRIPTION, *PROBES, *ADMIN]
