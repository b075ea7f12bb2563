import { z } from 'zod'
import { unauthorized } from '../../discord-error.ts'
import type { RestContext } from '../rest-context.ts'
import { renderApplication } from './application-routes.ts'
import { ok } from '../route.ts'
import type { RestReply, RestRequest, Route } from '../route.ts'
import { grantSeconds, type OAuthGrant } from '../../oauth/grants.ts'
import { isoTimestamp } from '../../timestamp.ts'

const tokenSchema = z.object({
  grant_type: z.string().default(''),
  code: z.string().default(''),
  redirect_uri: z.string().default(''),
  code_verifier: z.string().nullish(),
  refresh_token: z.string().default(''),
  scope: z.string().default('identify'),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
})
const revokeSchema = z.object({
  token: z.string().default(''),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
})

/** OAuth2 errors have their own form, not Discord's. */
function oauthError(error: string, description: string, status = 400): RestReply {
  return { status, body: { error, error_description: description } }
}

/** The token URLs take forms alone: https://docs.discord.com/developers/topics/oauth2#shared-resources */
function isUrlEncoded(request: RestRequest): boolean {
  return String(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
}

const notUrlEncoded = () =>
  oauthError('invalid_request', 'Only application/x-www-form-urlencoded bodies are taken.')

/** The token endpoints, and what a token says of itself. */
export function oauthApiRoutes(context: RestContext): Route[] {
  const { world, grants } = context

  /** Client id and secret by HTTP Basic or in the form, as RFC 6749 has it. */
  function isClient(
    request: RestRequest,
    form: { client_id?: string | undefined; client_secret?: string | undefined },
  ): boolean {
    const header = request.headers.authorization
    const basic = typeof header === 'string' && header.startsWith('Basic ') ? header.slice(6) : null
    const [id, secret] =
      basic === null
        ? [form.client_id, form.client_secret]
        : Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent)
    return id === world.app.id && secret === world.app.clientSecret
  }

  /** Of a grant that was issued just now: a clock read again would take a second off now and then. */
  function tokenAnswer(grant: OAuthGrant): RestReply {
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        token_type: 'Bearer',
        access_token: grant.accessToken,
        expires_in: grantSeconds,
        refresh_token: grant.refreshToken,
        scope: grant.scopes.join(' '),
      },
    }
  }

  function token(request: RestRequest): RestReply {
    if (!isUrlEncoded(request)) return notUrlEncoded()
    const form = tokenSchema.parse(request.body ?? {})
    if (!isClient(request, form)) return oauthError('invalid_client', 'Client authentication failed', 401)
    switch (form.grant_type) {
      case 'authorization_code': {
        const grant = grants.redeemCode(form.code, form.redirect_uri, form.code_verifier ?? null)
        return grant ? tokenAnswer(grant) : oauthError('invalid_grant', 'Invalid "code" in request.')
      }
      case 'refresh_token': {
        const grant = grants.refresh(form.refresh_token)
        return grant ? tokenAnswer(grant) : oauthError('invalid_grant', 'Invalid "refresh_token" in request.')
      }
      case 'client_credentials':
        return tokenAnswer(grants.issue(world.app.ownerId, form.scope.split(' ')))
      default:
        return oauthError('unsupported_grant_type', 'Invalid "grant_type" in request.')
    }
  }

  function revoke(request: RestRequest): RestReply {
    if (!isUrlEncoded(request)) return notUrlEncoded()
    const form = revokeSchema.parse(request.body ?? {})
    if (!isClient(request, form)) return oauthError('invalid_client', 'Client authentication failed', 401)
    grants.revoke(form.token)
    return ok({})
  }

  return [
    {
      method: 'POST',
      path: '/oauth2/token',
      operation: 'oauth2_token',
      auth: 'none',
      globalExempt: true,
      silentRate: true,
      handle: token,
    },
    {
      method: 'POST',
      path: '/oauth2/token/revoke',
      operation: 'oauth2_revoke',
      auth: 'none',
      globalExempt: true,
      silentRate: true,
      handle: revoke,
    },
    {
      method: 'GET',
      path: '/oauth2/@me',
      operation: 'get_my_oauth2_authorization',
      auth: 'bearer',
      handle: (request) => {
        if (request.caller.kind !== 'bearer') throw unauthorized()
        const { grant } = request.caller
        return ok({
          application: renderPublicApplication(context),
          scopes: grant.scopes,
          expires: isoTimestamp(grant.expiresAt),
          ...(grant.scopes.includes('identify') ? { user: world.user(grant.userId) } : {}),
        })
      },
    },
    {
      method: 'GET',
      path: '/oauth2/applications/@me',
      operation: 'get_my_oauth2_application',
      auth: 'bot',
      handle: () => ok(renderApplication(context)),
    },
  ]
}

/** The part of the application that everyone may see. */
function renderPublicApplication(context: RestContext) {
  const full = renderApplication(context)
  return {
    id: full.id,
    name: full.name,
    icon: full.icon,
    description: full.description,
    type: full.type,
    verify_key: full.verify_key,
    flags: full.flags,
    flags_new: full.flags_new,
    bot_public: full.bot_public,
    bot_require_code_grant: full.bot_require_code_grant,
  }
}
