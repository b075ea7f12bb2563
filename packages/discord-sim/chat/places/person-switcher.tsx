import { useEffect, useState } from 'react'
import {
  Button,
  Dialog,
  DialogTrigger,
  Heading,
  Input,
  Label,
  Modal,
  ModalOverlay,
  TextField,
} from 'react-aria-components'
import { sim } from '../sim.ts'
import { useChat } from '../state/chat-context.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { Picker } from '../ui/picker.tsx'
import type { Choice } from '../ui/picker.tsx'

/** Who acts on this page; another person can be chosen, or made. */
export function PersonSwitcher() {
  const { live, me, names, go, show } = useChat()
  const demo = useDemoUser()
  const people = live.pieces.people.filter((person) => !person.bot)
  const elsewhere = demo && !people.some((person) => person.id === demo.id) ? [demo] : []
  const choices: Choice[] = [
    ...people.map((person) => ({
      value: person.id,
      label: person.name,
      description: [
        person.owner ? 'Owner' : null,
        ...person.roleIds.map((id) => names.role(id)?.name ?? null),
        person.username,
      ]
        .filter((part) => part !== null)
        .join(' · '),
      picture: <Avatar id={person.id} name={person.name} />,
    })),
    ...elsewhere.map((user) => ({
      value: user.id,
      label: user.username,
      description: 'not in this server',
      picture: <Avatar id={user.id} name={user.username} />,
    })),
  ]
  const actAs = (userId: string) => {
    go({ userId })
    show('messages')
  }
  return (
    <section className="person-bar" aria-label="Who you are">
      <Avatar id={me.id} name={me.name} />
      <Picker
        label="You act as"
        placeholder="Choose a person"
        choices={choices}
        selected={[me.id]}
        onChange={([userId]) => {
          if (userId !== undefined) actAs(userId)
        }}
      />
      <NewPerson onMade={actAs} />
    </section>
  )
}

interface DemoUser {
  id: string
  username: string
}

function useDemoUser(): DemoUser | null {
  const [user, setUser] = useState<DemoUser | null>(null)
  useEffect(() => {
    sim.app().then(
      (app) => setUser(app.demoUser),
      // Without it the list is shorter; the stream tells if the simulator is gone.
      () => undefined,
    )
  }, [])
  return user
}

function NewPerson({ onMade }: { onMade: (userId: string) => void }) {
  const { live, acting } = useChat()
  const { guildId } = live.pieces.place
  const [name, setName] = useState('')
  const make = (close: () => void) =>
    acting.attempt(async () => {
      const username = name
        .trim()
        .toLowerCase()
        .replaceAll(/[^\w.]+/g, '.')
      const user = await sim.createUser({ username: username || 'newcomer', globalName: name.trim() || null })
      if (guildId !== null) await sim.addMember({ guildId, userId: user.id })
      setName('')
      close()
      onMade(user.id)
    })
  return (
    <DialogTrigger>
      <Button className="icon-button" aria-label="New person">
        <Icon name="plus" />
      </Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal small">
          <Dialog className="dialog">
            {({ close }) => (
              <form
                onSubmit={(event) => {
                  event.preventDefault()
                  void make(close)
                }}
              >
                <Heading slot="title">New person</Heading>
                <p className="hint">
                  {guildId === null ? 'They join no server yet.' : 'They join this server, without any role.'}
                </p>
                <TextField className="field" value={name} onChange={setName} maxLength={32} autoFocus>
                  <Label className="label">Name</Label>
                  <Input placeholder="Robin Vale" />
                </TextField>
                <div className="dialog-actions">
                  <Button slot="close" className="button secondary">
                    Cancel
                  </Button>
                  <button type="submit" className="button primary">
                    Create and act as them
                  </button>
                </div>
              </form>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}
