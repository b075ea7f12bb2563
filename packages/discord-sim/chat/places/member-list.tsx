import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import type { PersonView } from '../../src/control/live/chat-view.ts'
import { useChat } from '../state/chat-context.ts'
import { Avatar } from '../ui/avatar.tsx'
import { groupPeople } from './group-people.ts'
import { PersonCard } from './person-card.tsx'

/** The people of the server, under the roles that stand out. */
export function MemberList() {
  const { live } = useChat()
  const groups = groupPeople(live.pieces.people, live.pieces.roles)
  return (
    <div className="scroll members">
      {groups.map((group) => (
        <section key={group.name} aria-label={group.name}>
          <h2>
            {group.name} · {group.people.length}
          </h2>
          <ul>
            {group.people.map((person) => (
              <li key={person.id}>
                <Member person={person} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}

function Member({ person }: { person: PersonView }) {
  const { names } = useChat()
  const color = names.colorOf(person.id)
  return (
    <DialogTrigger>
      <Button className="member">
        <Avatar id={person.id} name={person.name} />
        <span
          className="author ellipsis"
          style={color === null ? {} : { '--role': color }}
          data-coloured={color !== null}
        >
          {person.name}
        </span>
        {person.bot ? <span className="tag">app</span> : null}
        {person.owner ? <span className="tag">owner</span> : null}
      </Button>
      <Popover className="popover" placement="left top">
        <Dialog className="card" aria-label={person.name}>
          {({ close }) => (
            <PersonCard
              user={{ id: person.id, username: person.username, global_name: person.name, bot: person.bot }}
              onDone={close}
            />
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
