import { useRef, useState } from 'react'
import { useChat } from '../state/chat-context.ts'
import { Icon } from '../ui/icon.tsx'
import { OptionField } from './option-field.tsx'
import { readOptions } from './option-values.ts'
import type { FieldTexts } from './option-values.ts'
import { readFiles } from './read-files.ts'
import type { SlashCommand } from './slash-commands.ts'

/** A chosen command with its options; required ones are there, others can be added. */
export function CommandForm({ command, onClose }: { command: SlashCommand; onClose: () => void }) {
  const { acting } = useChat()
  const [texts, setTexts] = useState<FieldTexts>({})
  const [files, setFiles] = useState<Readonly<Record<string, File>>>({})
  const [added, setAdded] = useState<readonly string[]>([])
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const form = useRef<HTMLFormElement>(null)
  const shown = command.options.filter((option) => option.required || added.includes(option.name))
  const others = command.options.filter((option) => !shown.includes(option))
  const run = async () => {
    const read = readOptions(shown, texts)
    setProblems(read.problems)
    if (Object.keys(read.problems).length > 0) return
    const uploads = await Promise.all(
      Object.entries(files).map(async ([name, file]) => [name, (await readFiles([file]))[0]] as const),
    )
    onClose()
    const uploaded = Object.fromEntries(uploads.flatMap(([name, file]) => (file ? [[name, file]] : [])))
    await acting.runCommand({ command: command.path, options: { ...read.values, ...uploaded } })
  }
  return (
    <form
      ref={form}
      className="composer command-form"
      aria-label={`Command /${command.path}`}
      onSubmit={(event) => {
        event.preventDefault()
        void run()
      }}
      onKeyDown={(event) => {
        // A list that is open is closed first.
        const isListOpen = event.target instanceof Element && event.target.ariaExpanded === 'true'
        if (event.key === 'Escape' && !isListOpen) onClose()
      }}
    >
      <p className="subject">
        <strong className="mention">/{command.path}</strong>
        <span className="muted ellipsis">{command.description}</span>
        <button type="button" className="icon-button" aria-label="Cancel the command" onClick={onClose}>
          <Icon name="close" />
        </button>
      </p>
      {shown.length > 0 ? (
        <div className="option-fields">
          {shown.map((option, index) => (
            <OptionField
              key={option.name}
              command={command}
              option={option}
              texts={texts}
              above={form}
              problem={problems[option.name] ?? null}
              autoFocus={added.length > 0 ? option.name === added.at(-1) : index === 0}
              onFile={(file) => setFiles((known) => ({ ...known, [option.name]: file }))}
              onChange={(text) => {
                setTexts((known) => ({ ...known, [option.name]: text }))
                setProblems(({ [option.name]: _solved, ...rest }) => rest)
              }}
            />
          ))}
        </div>
      ) : null}
      <div className="command-actions">
        {others.map((option) => (
          <button
            key={option.name}
            type="button"
            className="chip"
            title={option.description}
            onClick={() => setAdded((known) => [...known, option.name])}
          >
            <Icon name="plus" /> {option.name}
          </button>
        ))}
        {/* Nothing else could take the focus in a command without options. */}
        {/* oxlint-disable-next-line jsx-a11y/no-autofocus */}
        <button type="submit" className="button primary" autoFocus={shown.length === 0}>
          Run
        </button>
      </div>
    </form>
  )
}
