import { ComponentType } from 'discord-api-types/v10'
import { useState } from 'react'
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Markdown } from '../content/markdown.tsx'
import { useChat } from '../state/chat-context.ts'
import type { OpenModal } from '../state/use-acting.ts'
import { readFiles } from '../compose/read-files.ts'
import { fieldsOf, missingFields, startValues } from './modal-fields.ts'
import type { ModalEntries, ModalField } from './modal-fields.ts'
import { ModalInput } from './modal-input.tsx'

/** The modal that the bot opened, until it is sent or closed. */
export function ModalDialog() {
  const { acting } = useChat()
  const { modal } = acting
  return (
    <ModalOverlay
      className="overlay"
      isOpen={modal !== null}
      onOpenChange={(open) => {
        if (!open) acting.closeModal()
      }}
    >
      <Modal className="modal">
        <Dialog className="dialog">
          {modal ? <ModalForm key={modal.interactionId} modal={modal} /> : null}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function ModalForm({ modal: { modal } }: { modal: OpenModal }) {
  const { acting, live } = useChat()
  const fields = fieldsOf(modal.components)
  const [entries, setEntries] = useState<ModalEntries>(() => startValues(fields))
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const send = async () => {
    const missing = missingFields(fields, entries)
    setProblems(missing)
    if (Object.keys(missing).length > 0) return
    setBusy(true)
    setFailure(null)
    const values = Object.fromEntries(
      await Promise.all(
        Object.entries(entries).map(
          async ([name, entry]) => [name, isFileList(entry) ? await readFiles(entry) : entry] as const,
        ),
      ),
    )
    setFailure(await acting.submitModal(values))
    setBusy(false)
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <Heading slot="title">{modal.title}</Heading>
      <p className="hint">
        This form goes to {live.pieces.bot.name}. In Discord it would warn against entering a password.
      </p>
      <div className="modal-fields">
        {fields.map((field, index) => (
          <ModalPart
            key={field.kind === 'input' ? field.customId : index}
            field={field}
            isFirst={index === 0}
            entries={entries}
            problems={problems}
            onChange={(customId, entry) => {
              setEntries((known) => ({ ...known, [customId]: entry }))
              setProblems(({ [customId]: _solved, ...rest }) => rest)
            }}
          />
        ))}
      </div>
      {failure === null ? null : (
        <p className="problem" role="alert">
          {failure}
        </p>
      )}
      <div className="dialog-actions">
        <Button slot="close" className="button secondary">
          Cancel
        </Button>
        <Button type="submit" className="button primary" isPending={busy}>
          {busy ? <span className="spinner" /> : null} Submit
        </Button>
      </div>
    </form>
  )
}

function ModalPart({
  field,
  isFirst,
  entries,
  problems,
  onChange,
}: {
  field: ModalField
  isFirst: boolean
  entries: ModalEntries
  problems: Readonly<Record<string, string>>
  onChange: (customId: string, entry: ModalEntries[string]) => void
}) {
  if (field.kind === 'text') return <Markdown text={field.text} />
  return (
    <ModalInput
      field={field}
      autoFocus={isFirst && field.component.type === ComponentType.TextInput}
      entry={entries[field.customId] ?? ''}
      problem={problems[field.customId] ?? null}
      onChange={(entry) => onChange(field.customId, entry)}
    />
  )
}

function isFileList(entry: ModalEntries[string]): entry is File[] {
  return Array.isArray(entry) && entry.some((part) => part instanceof File)
}
