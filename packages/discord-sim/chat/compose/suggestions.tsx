import { useEffect, useId, useState } from 'react'
import type { AriaAttributes, KeyboardEvent } from 'react'

export interface Suggestion {
  key: string
  label: string
  description: string
  choose: () => void
}

export interface SuggestionList {
  id: string
  items: readonly Suggestion[]
  active: number
  setActive: (index: number) => void
  /** For the field in which is typed; empty without suggestions. */
  fieldProps: AriaAttributes
  /** Takes arrow keys, Enter, Tab and Escape while there are suggestions; true if the key was one of them. */
  handleKey: (event: KeyboardEvent) => boolean
}

/**
 * Suggestions for what is being typed; the field keeps the focus and names the active one. A field of several lines may
 * not be a combobox, but may point to a list all the same.
 */
export function useSuggestions(all: readonly Suggestion[]): SuggestionList {
  const id = useId()
  const [active, setActive] = useState(0)
  const [closedFor, setClosedFor] = useState<string | null>(null)
  const key = all.map((item) => item.key).join('\n')
  useEffect(() => setActive(0), [key])
  const items = closedFor === key ? [] : all
  const open = items.length > 0
  const index = Math.min(active, items.length - 1)
  return {
    id,
    items,
    active: index,
    setActive,
    fieldProps: open
      ? {
          'aria-haspopup': 'listbox',
          'aria-controls': id,
          'aria-autocomplete': 'list',
          'aria-activedescendant': `${id}-${index}`,
        }
      : {},
    handleKey: (event) => {
      if (!open) return false
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
      if (step !== undefined) setActive((index + step + items.length) % items.length)
      else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') items[index]?.choose()
      else if (event.key === 'Escape') setClosedFor(key)
      else return false
      event.preventDefault()
      return true
    },
  }
}

export function Suggestions({ suggestions, label }: { suggestions: SuggestionList; label: string }) {
  const { id, items, active, setActive } = suggestions
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: 'nearest' })
  }, [id, active])
  if (items.length === 0) return null
  return (
    <div className="suggestions">
      <p className="suggestions-label">{label}</p>
      <ul role="listbox" id={id} aria-label={label}>
        {items.map((item, index) => (
          // The keyboard works from the field, which names the active option.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={item.key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onPointerMove={() => setActive(index)}
            onPointerDown={(event) => event.preventDefault()}
            onClick={item.choose}
          >
            <span className="suggestion-label">{item.label}</span>
            <span className="muted ellipsis">{item.description}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
