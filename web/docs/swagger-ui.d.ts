/** The package brings no types: what docs.ts uses of it. */
declare module 'swagger-ui-dist/swagger-ui-bundle.js' {
  export default function SwaggerUI(options: {
    url: string;
    domNode: HTMLElement;
    deepLinking: boolean;
    validatorUrl: string | null;
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    requestSnippetsEnabled: boolean;
  }): unknown;
}
