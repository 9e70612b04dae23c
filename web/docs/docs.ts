/**
 * The API for people, at /docs: Swagger UI over /openapi.json. Everything it needs is built into this page, so it works without a network
 * beyond the service (ADR 0014). A page of its own: the page of trainings loads none of it.
 */
import SwaggerUI from 'swagger-ui-dist/swagger-ui-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './docs.css';

const darkness = matchMedia('(prefers-color-scheme: dark)');
const showDarkness = () => document.documentElement.classList.toggle('dark-mode', darkness.matches);
darkness.addEventListener('change', showDarkness);
showDarkness();

SwaggerUI({
  url: '/openapi.json',
  domNode: document.getElementById('api')!,
  // A link to an operation is the address.
  deepLinking: true,
  // Otherwise a badge is asked of a server elsewhere.
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  requestSnippetsEnabled: true,
});
