import { Link } from '@tanstack/react-router'
import { explainFailure } from '../api/explain-failure.ts'
import type { CallFailure } from '../api/failure-of.ts'
import { buttonLook } from '../ui/button-look.ts'
import { MessagePage } from '../ui/message-page.tsx'

/** Whether a failure means that this person has no dashboard for this server, however often they try. */
export function closesGuild(failure: CallFailure): boolean {
  return (
    failure.kind === 'Forbidden' ||
    failure.kind === 'NotAssigned' ||
    failure.kind === 'NotFound' ||
    failure.kind === 'InvalidInput'
  )
}

/** Says why a server's dashboard stays closed, and what to do. */
export function ClosedGuildPage(props: { readonly failure: CallFailure; readonly guildId: string }) {
  const explained = explain(props.failure)
  return (
    <MessagePage
      title={explained.title}
      actions={
        <>
          <Link to="/" className={buttonLook('primary')}>
            Go to your servers
          </Link>
          {props.failure.kind === 'Forbidden' ? (
            <a href={`https://discord.com/channels/${props.guildId}`} className={buttonLook('plain')}>
              Open it in Discord
            </a>
          ) : null}
        </>
      }
    >
      <p>{explained.why}</p>
      <p>{explained.next}</p>
      <p className="text-sm">
        Server <code className="font-mono">{props.guildId}</code>
      </p>
    </MessagePage>
  )
}

function explain(failure: CallFailure): { title: string; why: string; next: string } {
  if (failure.kind === 'Forbidden') {
    return {
      title: 'This server is not open to you',
      why: explainFailure(failure).why,
      next: 'Ask its owner or an admin for the moderator role, then reload this page. If you use several Discord accounts, sign out and sign in with the right one.',
    }
  }
  if (failure.kind === 'InvalidInput' || failure.kind === 'NotFound') {
    return {
      title: 'Server not found',
      why: 'The address does not name a Discord server that the bot knows.',
      next: 'Choose the server from your list.',
    }
  }
  return explainFailure(failure)
}
