import type { GuildState, UserState } from '../state/entities.ts'

export interface AuthorizePageInput {
  appName: string
  scopes: string[]
  users: { user: UserState; note: string }[]
  /** Guilds that a bot can be added to; empty when the bot scope was not asked for. */
  guilds: GuildState[]
  /** Hidden fields that carry the request through the form. */
  fields: Record<string, string>
}

const scopeTexts: Record<string, string> = {
  identify: 'See your username, avatar and banner',
  email: 'See your e-mail address',
  guilds: 'Know which servers you are in',
  'guilds.members.read': 'Read your member info in servers you share',
  bot: 'Add a bot to a server',
  'applications.commands': 'Create commands',
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

const style = `
:root{color-scheme:light dark;--bg:#313338;--card:#2b2d31;--text:#f2f3f5;--soft:#b5bac1;--line:#3f4147;--go:#5865f2}
@media (prefers-color-scheme:light){:root{--bg:#e9ebee;--card:#fff;--text:#1e1f22;--soft:#4e5058;--line:#d7d9dc}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);
color:var(--text);font:16px/1.45 system-ui,sans-serif;padding:1rem}
main{background:var(--card);border-radius:12px;padding:1.75rem;width:min(30rem,100%);box-shadow:0 8px 30px #0004}
h1{font-size:1.25rem;margin:0 0 .25rem}p,legend{color:var(--soft);margin:.25rem 0}ul{padding-left:1.1rem;color:var(--soft)}
fieldset{border:0;padding:0;margin:1rem 0;max-height:17rem;overflow:auto}
label{display:flex;gap:.75rem;align-items:center;padding:.55rem .6rem;border:1px solid var(--line);border-radius:8px;margin:.35rem 0;cursor:pointer}
label:has(input:checked){border-color:var(--go);outline:1px solid var(--go)}label span{display:block}
small{color:var(--soft);display:block}select{width:100%;padding:.55rem;border-radius:8px;font:inherit}
.actions{display:flex;justify-content:flex-end;gap:.75rem}button{font:inherit;font-weight:600;border:0;border-radius:8px;padding:.6rem 1.25rem;cursor:pointer}
button[value=allow]{background:var(--go);color:#fff}button[value=deny]{background:transparent;color:inherit}
.note{border-top:1px solid var(--line);margin-top:1.25rem;padding-top:.75rem;font-size:.85rem}`

/** The consent page: choose who you are, see what is asked for, allow or deny. */
export function renderAuthorizePage(input: AuthorizePageInput): string {
  const hidden = Object.entries(input.fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('')
  const people = input.users
    .map(
      ({ user, note }, index) =>
        `<label><input type="radio" name="sim_user" value="${user.id}"${index === 0 ? ' checked' : ''}><span>${escapeHtml(
          user.global_name ?? user.username,
        )}<small>@${escapeHtml(user.username)} · ${escapeHtml(note)}</small></span></label>`,
    )
    .join('')
  const guilds =
    input.guilds.length === 0
      ? ''
      : `<p><label for="guild_id">Add to server</label></p><select id="guild_id" name="guild_id">${input.guilds
          .map((guild) => `<option value="${guild.id}">${escapeHtml(guild.name)}</option>`)
          .join('')}</select>`
  const scopes = input.scopes.map((scope) => `<li>${escapeHtml(scopeTexts[scope] ?? scope)}</li>`).join('')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Authorize ${escapeHtml(input.appName)}</title><style>${style}</style></head><body><main>
<h1>${escapeHtml(input.appName)} wants to access your account</h1><p>This will allow it to:</p><ul>${scopes}</ul>
<form method="post" action="/oauth2/authorize">${hidden}
<fieldset><legend>Continue as</legend>${people}</fieldset>${guilds}
<div class="actions"><button name="decision" value="deny">Cancel</button><button name="decision" value="allow">Authorize</button></div>
</form><p class="note">Simulated Discord: pick any of its people, no password is needed.</p></main></body></html>`
}

/** A page for requests that must not be redirected anywhere (unknown client, foreign redirect). */
export function renderErrorPage(message: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Error</title><style>${style}</style></head>
<body><main><h1>This cannot be authorized</h1><p>${escapeHtml(message)}</p></main></body></html>`
}
