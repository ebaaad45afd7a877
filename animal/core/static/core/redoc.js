// Starts ReDoc. A file of its own, because no page of ours may hold scripts (Content-Security-Policy).
"use strict";

const place = document.getElementById("redoc");

Redoc.init(
  place.dataset.schema,
  {
    expandResponses: "200,201",
    hideDownloadButton: false,
    requiredPropsFirst: true,
    theme: { typography: { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } } },
  },
  place,
);
