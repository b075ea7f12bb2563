import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param, queryFlag } from '../route.ts'
import type { Route } from '../route.ts'

/** The callback of interactions. Neither the global limit nor authentication concerns it. */
export function interactionRoutes(context: RestContext): Route[] {
  return [
    {
      method: 'POST',
      path: '/interactions/:interaction_id/:interaction_token/callback',
      operation: 'create_interaction_response',
      auth: 'none',
      globalExempt: true,
      rate: { limit: 1_000, windowMs: 1_000, bucket: 'interaction-callback' },
      handle: (request) => {
        const answer = context.interactions.answer(
          param(request, 'interaction_id'),
          param(request, 'interaction_token'),
          request,
          'callback',
        )
        return queryFlag(request, 'with_response') ? ok(answer) : noContent()
      },
    },
  ]
}
