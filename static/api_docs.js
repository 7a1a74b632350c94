// Shows the OpenAPI document; a file of its own because the CSP allows no inline script.
const place = document.getElementById("docs");
SwaggerUIBundle({ url: place.dataset.schema, domNode: place, deepLinking: true, docExpansion: "none", persistAuthorization: false });
