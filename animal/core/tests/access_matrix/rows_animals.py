"""Pets, their tags and pictures, and reports."""

from animal.core.tests.access_matrix.table import rows

# A pet is its owner's alone, whatever it is: who looks for one sees the report, who holds the tag sees the card.
PETS = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/auth/pets/count/
  GET     200    200    200    200    200    200    200    200    200    200
/api/auth/dashboard/pets/
  GET     200    200    200    200    200    200    200    200    200    200
/api/auth/found/<str:animal_id>/
  GET     200    200    200    200    200    200    200    200    200    200    a private pet
  GET     404    404    404    404    404    404    404    404    404    404    a tag that was rotated away
  GET     404    404    404    404    404    404    404    404    404    404    a deleted pet
  GET     404    404    404    404    404    404    404    404    404    404    a pet of the disabled account
/api/auth/pets/add/
  POST    401    401    201    201    201    201    201    401    201    201
/api/auth/pets/search/
  POST    401    401    200    200    200    200    200    401    200    200
/api/v1/photos/check/
  POST    401    401    200    200    200    200    200    401    200    200
/api/v1/pets/<int:pet_id>/
  GET     401    401    404    200    404    404    404    401    404    404    a private pet
  GET     401    401    404    200    404    404    404    401    404    404    a public pet
  GET     401    401    404    200    404    404    404    401    404    404    a lost pet
  GET     401    401    404    404    404    404    404    401    404    404    a deleted pet
  GET     401    401    404    404    404    404    404    401    404    404    a pet of the disabled account
/api/auth/pets/<int:pet_id>/edit/
  PUT     401    401    404    200    404    404    404    401    404    404    a private pet
  PUT     401    401    404    200    404    404    404    401    404    404    a public pet
  PUT     401    401    404    404    404    404    404    401    404    404    a deleted pet
/api/auth/pets/<int:pet_id>/delete/
  DELETE  401    401    404    204    404    404    404    401    404    404    a private pet
  DELETE  401    401    404    204    404    404    404    401    404    404    a lost pet
/api/auth/pets/<int:pet_id>/qr/
  GET     401    401    404    200    404    404    404    401    404    404    a private pet
  GET     401    401    404    200    404    404    404    401    404    404    a lost pet
/api/auth/pets/<int:pet_id>/feature-status/
  GET     401    401    404    200    404    404    404    401    404    404    a public pet
/api/auth/pets/<int:pet_id>/retry-features/
  POST    401    401    404    200    404    404    404    401    404    404    a pet that could not be read
/api/v1/pets/<int:pet_id>/tag.svg
  GET     401    401    404    200    404    404    404    401    404    404    a private pet
  GET     401    401    404    404    404    404    404    401    404    404    a deleted pet
/api/v1/pets/<int:pet_id>/tags.pdf
  GET     401    401    404    200    404    404    404    401    404    404    a private pet
  GET     401    401    404    404    404    404    404    401    404    404    a deleted pet
/api/v1/pets/<int:pet_id>/poster.pdf
  GET     401    401    404    200    404    404    404    401    404    404    a lost pet
  GET     401    401    404    404    404    404    404    401    404    404    a deleted pet
/api/v1/pets/<int:pet_id>/rotate-tag/
  POST    401    401    404    200    404    404    404    401    404    404    a lost pet
""")

# Whoever holds the tag may report the pet found, with no account or as a person with a proven one. What a
# finder without an account filed, the owner alone sees and may resolve, but not rewrite. The finder comes back by a
# signed link, which nobody else has: these try the same link with another signature.
TAGS = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/v1/found/<str:tag>/report/
  POST    201    201    201    400    201    201    201    201    201    201    a lost pet
  POST    201    201    201    400    201    201    201    201    201    201    a private pet
  POST    404    404    404    404    404    404    404    404    404    404    a tag that was rotated away
  POST    404    404    404    404    404    404    404    404    404    404    a deleted pet
  POST    404    404    404    404    404    404    404    404    404    404    a pet of the disabled account
/api/v1/follow-up/<str:token>/
  GET     404    200    404    404    404    404    404    404    404    404    the guest's link
  GET     404    404    404    404    404    404    404    404    404    404    a link to their conversation
  POST    404    201    404    404    404    404    404    404    404    404    the guest's link
  POST    404    404    404    404    404    404    404    404    404    404    a link to their conversation
  DELETE  404    204    404    404    404    404    404    404    404    404    the guest's link
  DELETE  404    404    404    404    404    404    404    404    404    404    a link to their conversation
/api/v1/reports/<int:report_id>/
  GET     401    401    404    200    404    404    404    401    404    404    the guest's report
  PATCH   401    401    404    404    404    404    404    401    404    404    the guest's report
  DELETE  401    401    404    404    404    404    404    401    404    404    the guest's report
/api/auth/pets/locations/<int:report_id>/status/
  POST    401    401    404    200    404    404    404    401    404    404    the guest's report
/api/v1/reports/<int:report_id>/timeline/
  GET     401    401    404    200    404    404    404    401    404    404    the guest's report
/api/auth/chat/conversations/<uuid:conversation_id>/messages/
  GET     401    401    404    200    404    404    404    401    404    404    the guest's report
  POST    401    401    404    201    404    404    404    401    404    404    the guest's report
/api/v1/abuse-reports/
  POST    401    401    404    201    404    404    404    401    404    404    the guest's report
""")

# Who has the address of a picture may see it; what else we know of one is its uploader's.
PICTURES = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/v1/images/<uuid:image_id>/
  GET     401    401    404    200    404    404    404    401    404    404    a photo of the owner
  GET     401    401    404    404    200    404    404    401    404    404    a photo that the other side sent
/api/auth/edited-pet-images/
  GET     401    401    200    200    200    200    200    401    200    200
  POST    401    401    201    201    201    201    201    401    201    201
/api/auth/edited-pet-images/<int:edit_id>/
  GET     401    401    404    200    404    404    404    401    404    404    an edit of the owner
  PUT     401    401    404    200    404    404    404    401    404    404    an edit of the owner
  PATCH   401    401    404    200    404    404    404    401    404    404    an edit of the owner
  DELETE  401    401    404    204    404    404    404    401    404    404    an edit of the owner
""")

# Open reports are for everybody who is signed in, the blocked included: a block leaves no trace. Whoever recognises an
# animal in a report, or was matched with it, still cannot change it.
REPORTS = rows("""
          anon   guest  unprov owner  other  strang block  disab  moder  admin
/api/lost_pets/
  GET     200    200    200    200    200    200    200    200    200    200
/api/v1/map/
  GET     200    200    200    200    200    200    200    200    200    200
/api/v1/places/search/
  POST    200    200    200    200    200    200    200    200    200    200
/api/auth/pets/locations/
  GET     401    401    200    200    200    200    200    401    200    200
/api/auth/pets/lost/locations/
  GET     401    401    200    200    200    200    200    401    200    200
/api/auth/pets/found/locations/
  GET     401    401    200    200    200    200    200    401    200    200
/api/auth/user/pet-locations/
  GET     401    401    200    200    200    200    200    401    200    200
/api/auth/pets/report/
  POST    401    401    201    201    201    201    201    401    201    201
  POST    401    401    404    201    404    404    404    401    404    404    a private pet
  POST    401    401    404    201    404    404    404    401    404    404    a public pet
  POST    401    401    404    404    404    404    404    401    404    404    a deleted pet
/api/v1/reports/
  GET     401    401    200    200    200    200    200    401    200    200
  POST    401    401    201    201    201    201    201    401    201    201
  POST    401    401    404    201    404    404    404    401    404    404    a private pet
/api/v1/reports/<int:report_id>/
  GET     401    401    200    200    200    200    200    401    200    200    the owner's lost report
  GET     401    401    200    200    200    200    200    401    200    200    the other side's found report
  GET     401    401    404    200    404    404    404    401    404    404    a resolved report
  GET     401    401    404    200    200    404    404    401    404    404    a resolved report with a confirmed match
  GET     401    401    404    200    404    404    404    401    404    404    a report that staff hid
  GET     401    401    200    404    404    404    404    401    404    404    a draft of the unproven account
  GET     401    401    404    404    404    404    404    401    404    404    a report of the disabled account
  PATCH   401    401    404    200    404    404    404    401    404    404    the owner's lost report
  PATCH   401    401    404    404    200    404    404    401    404    404    the other side's found report
  PATCH   401    401    404    200    404    404    404    401    404    404    a resolved report with a confirmed match
  PATCH   401    401    404    200    404    404    404    401    404    404    a report that staff hid
  PATCH   401    401    200    404    404    404    404    401    404    404    a draft of the unproven account
  PATCH   401    401    404    404    404    404    404    401    404    404    a report of the disabled account
  DELETE  401    401    404    204    404    404    404    401    404    404    the owner's lost report
  DELETE  401    401    404    404    204    404    404    401    404    404    the other side's found report
  DELETE  401    401    404    204    404    404    404    401    404    404    a report that staff hid
  DELETE  401    401    204    404    404    404    404    401    404    404    a draft of the unproven account
/api/v1/reports/<int:report_id>/poster.pdf
  GET     401    401    404    200    404    404    404    401    404    404    the owner's lost report
/api/v1/reports/<int:report_id>/photos/
  POST    401    401    404    201    404    404    404    401    404    404    the owner's lost report
  POST    401    401    404    404    201    404    404    401    404    404    the other side's found report
  POST    401    401    201    404    404    404    404    401    404    404    a draft of the unproven account
/api/v1/reports/<int:report_id>/photos/<uuid:image_id>/
  DELETE  401    401    404    404    204    404    404    401    404    404    the other side's found report
  DELETE  401    401    404    404    404    404    404    401    404    404    the owner's photo, in another's report
# What happened to a report is for its people: whoever filed it, and the owner of its pet.
/api/v1/reports/<int:report_id>/timeline/
  GET     401    401    404    200    404    404    404    401    404    404    the owner's lost report
  GET     401    401    404    404    200    404    404    401    404    404    the other side's found report
  GET     401    401    404    200    404    404    404    401    404    404    a resolved report with a confirmed match
  GET     401    401    404    200    404    404    404    401    404    404    a report that staff hid
  GET     401    401    200    404    404    404    404    401    404    404    a draft of the unproven account
/api/auth/pets/locations/<int:report_id>/status/
  POST    401    401    404    200    404    404    404    401    404    404    the owner's lost report
  POST    401    401    404    404    200    404    404    401    404    404    the other side's found report
  POST    401    401    404    200    404    404    404    401    404    404    a report that staff hid
  POST    401    401    200    404    404    404    404    401    404    404    a draft of the unproven account
  PUT     401    401    404    200    404    404    404    401    404    404    the owner's lost report
  PUT     401    401    404    404    200    404    404    401    404    404    the other side's found report
/api/v1/reports/<int:report_id>/retry-features/
  POST    401    401    404    200    404    404    404    401    404    404    a report that could not be read
""")

ROWS = [*PETS, *TAGS, *PICTURES, *REPORTS]
