/**
 * Routes that are described as they are made (OpenAPI 3.1, by @hono/zod-openapi): what a request may carry is checked against the
 * description before the handler runs. Bodies with a file are described and not checked: they stream (upload-body.ts).
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { schemaFault } from '../service/config-fault.ts';

/** An empty set of routes. A request that does not fit its description is invalid_request, with a pointer for each fault. */
export function apiRoutes(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: result => {
      if (!result.success) throw schemaFault(null, result.error);
    },
  });
}
