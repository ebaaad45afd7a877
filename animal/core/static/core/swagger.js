// Starts Swagger UI. A file of its own, because no page of ours may hold scripts (Content-Security-Policy).
"use strict";

const place = document.getElementById("swagger-ui");

const ui = SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  filter: true,
  responseInterceptor: authorizeAfterSignIn,
});

// Whoever signs in by one of the operations has authorized the page as well, without copying the token.
function authorizeAfterSignIn(response) {
  if (response.ok && response.obj && typeof response.obj.access === "string" && response.obj.access) {
    ui.preauthorizeApiKey("bearer", response.obj.access);
  }
  return response;
}
