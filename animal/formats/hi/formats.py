from __future__ import annotations

# "E" is what Django keeps for languages that bend their months; its plain Hindi names of three are misspelt.
DATE_FORMAT = "j E Y"
MONTH_DAY_FORMAT = "j E"
DATETIME_FORMAT = "j E Y, H:i"
