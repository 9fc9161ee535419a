// The reference page: every address, from openapi.json. Swagger UI shows it and can send requests, to this server alone.

window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // No address but this server's is asked, so no validator's either.
  validatorUrl: null,
});
