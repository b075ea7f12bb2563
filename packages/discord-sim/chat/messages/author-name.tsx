import type { APIUser } from 'discord-api-types/v10'
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { PersonCard } from '../places/person-card.tsx'
import { useChat } from '../state/chat-context.ts'

/** A name that opens what is known of the person, and what can be done with them. */
export function AuthorName({ user, shown }: { user: APIUser; shown: string }) {
  const { names } = useChat()
  const color = names.colorOf(user.id)
  return (
    <DialogTrigger>
      <Button
        className="author"
        style={color === null ? {} : { '--role': color }}
        data-coloured={color !== null}
      >
        {shown}
      </Button>
      <Popover className="popover" placement="right top">
        <Dialog className="card" aria-label={shown}>
          {({ close }) => <PersonCard user={user} onDone={close} />}
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
