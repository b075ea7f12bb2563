import { ApplicationCommandType } from 'discord-api-types/v10'
import { Button } from 'react-aria-components'
import { useChat } from '../state/chat-context.ts'
import { Avatar } from '../ui/avatar.tsx'

interface CardUser {
  id: string
  username: string
  global_name?: string | null
  bot?: boolean
}

/** Somebody's names, roles and id, with the commands of the user menu. */
export function PersonCard({ user, onDone }: { user: CardUser; onDone: () => void }) {
  const { live, me, names, go, acting } = useChat()
  const person = names.person(user.id)
  const name = person?.name ?? user.global_name ?? user.username
  const commands = live.pieces.commands.filter((command) => command.type === ApplicationCommandType.User)
  const roles = (person?.roleIds ?? []).flatMap((id) => names.role(id)?.name ?? [])
  return (
    <>
      <div className="card-head">
        <Avatar id={user.id} name={name} />
        <div>
          <p className="card-name">{name}</p>
          <p className="muted">{user.username}</p>
        </div>
      </div>
      {person?.owner || roles.length > 0 ? (
        <p className="card-roles">
          {person?.owner ? <span className="tag">Owner</span> : null}
          {roles.map((role) => (
            <span key={role} className="tag">
              {role}
            </span>
          ))}
        </p>
      ) : null}
      <p className="muted id">ID {user.id}</p>
      <div className="card-actions">
        {user.bot || user.id === me.id ? null : (
          <Button
            className="button secondary"
            onPress={() => {
              onDone()
              go({ userId: user.id })
            }}
          >
            Act as {name}
          </Button>
        )}
        {commands.map((command) => (
          <Button
            key={command.id}
            className="button secondary"
            onPress={() => {
              onDone()
              void acting.runCommand({ command: command.name, targetId: user.id })
            }}
          >
            {command.name}
          </Button>
        ))}
      </div>
    </>
  )
}
