import { useState } from 'react'
import type { ReactNode } from 'react'
import {
  Autocomplete,
  Button,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField,
  Select,
  SelectValue,
  Text,
  useFilter,
} from 'react-aria-components'
import { Icon } from './icon.tsx'

/** One thing to choose. */
export interface Choice {
  value: string
  label: string
  description?: string | undefined
  /** Shown before the label. */
  picture?: ReactNode
}

interface PickerProps {
  label: string
  /** The label is read aloud but not seen. */
  hiddenLabel?: boolean
  description?: string | undefined
  placeholder: string
  choices: readonly Choice[]
  selected: readonly string[]
  /** More than one may be chosen, up to this many. */
  most?: number
  isRequired?: boolean
  isDisabled?: boolean
  isBusy?: boolean
  problem?: string | null
  /** At every change of what is chosen. */
  onChange: (values: string[]) => void
  /** When the list closes after a change: the moment at which a choice of several counts. */
  onDone?: (values: string[]) => void
}

const searchableFrom = 8

/** Chooses one or several things from a list, with a search field if the list is long. */
export function Picker(props: PickerProps) {
  const { choices, selected, most = 1, onChange, onDone } = props
  const several = most > 1
  const [changed, setChanged] = useState(false)
  const { contains } = useFilter({ sensitivity: 'base' })
  const change = (values: string[]) => {
    if (values.length > most) return
    setChanged(true)
    onChange(values)
    if (!several) onDone?.(values)
  }
  const closed = () => {
    if (several && changed) onDone?.([...selected])
    setChanged(false)
  }
  const list = (
    <ListBox
      className="choices"
      items={choices}
      renderEmptyState={() => <p className="empty">Nothing fits</p>}
    >
      {(choice) => (
        <ListBoxItem id={choice.value} textValue={choice.label} className="choice">
          {choice.picture}
          <span className="choice-text">
            {choice.label}
            {choice.description ? <small> {choice.description}</small> : null}
          </span>
          <span className="choice-mark">
            <Icon name="check" />
          </span>
        </ListBoxItem>
      )}
    </ListBox>
  )
  const frame = (
    <>
      <Label className={props.hiddenLabel ? 'visually-hidden' : 'label'}>{props.label}</Label>
      <Button className="picker-button">
        <SelectValue className="picker-value">
          {({ isPlaceholder, selectedText }) =>
            isPlaceholder ? <span className="placeholder">{props.placeholder}</span> : selectedText
          }
        </SelectValue>
        {props.isBusy ? (
          <span className="spinner" role="status" aria-label="waiting for the bot" />
        ) : (
          <Icon name="down" />
        )}
      </Button>
      {props.description ? (
        <Text slot="description" className="hint">
          {props.description}
        </Text>
      ) : null}
      <FieldError className="problem">{props.problem}</FieldError>
      <Popover className="popover picker-popover">
        {choices.length >= searchableFrom ? (
          <Autocomplete filter={contains}>
            <SearchField aria-label="Search" className="search" autoFocus>
              <Input placeholder="Search" />
            </SearchField>
            {list}
          </Autocomplete>
        ) : (
          list
        )}
      </Popover>
    </>
  )
  const shared = {
    className: 'picker',
    isRequired: props.isRequired ?? false,
    isDisabled: props.isDisabled ?? false,
    isInvalid: Boolean(props.problem),
    onOpenChange: (open: boolean) => {
      if (!open) closed()
    },
  }
  return several ? (
    <Select
      {...shared}
      selectionMode="multiple"
      value={[...selected]}
      onChange={(values) => change(values.map(String))}
    >
      {frame}
    </Select>
  ) : (
    <Select
      {...shared}
      value={selected[0] ?? null}
      onChange={(value) => change(value === null ? [] : [String(value)])}
    >
      {frame}
    </Select>
  )
}
