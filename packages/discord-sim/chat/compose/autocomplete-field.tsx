import { useEffect, useState } from 'react'
import {
  Button,
  ComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from 'react-aria-components'
import { sim } from '../sim.ts'
import { useChat } from '../state/chat-context.ts'
import { Icon } from '../ui/icon.tsx'
import type { OptionFieldProps } from './option-field.tsx'
import { readOptions } from './option-values.ts'

interface Offer {
  value: string
  label: string
}

/** People type on; the bot is asked when they pause. */
const pauseMs = 150

/** An option whose choices the bot makes while the person types. Free text is taken as well, as in Discord. */
export function AutocompleteField(props: OptionFieldProps) {
  const { command, option, texts, problem, autoFocus, above, onChange } = props
  const { me, channel } = useChat()
  const [typed, setTyped] = useState('')
  const [offers, setOffers] = useState<readonly Offer[] | null>(null)
  const others = JSON.stringify(texts)

  useEffect(() => {
    let current = true
    const ask = async () => {
      const known = readOptions(command.options, JSON.parse(others) as Record<string, string>).values
      const view = await sim.autocomplete({
        userId: me.id,
        channelId: channel?.id ?? '',
        command: command.path,
        options: { ...known, [option.name]: typed },
        focused: option.name,
        timeoutMs: 3_500,
      })
      if (!current) return
      setOffers((view.choices ?? []).map((choice) => ({ value: String(choice.value), label: choice.name })))
    }
    const timer = setTimeout(() => void ask().catch(() => current && setOffers([])), pauseMs)
    return () => {
      current = false
      clearTimeout(timer)
    }
    // The text of this option itself is what is typed; a change of it by a choice asks nothing new.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [typed, command.path, option.name, me.id, channel?.id])

  return (
    <ComboBox
      className="field"
      items={offers ?? []}
      inputValue={typed}
      onInputChange={(text) => {
        setTyped(text)
        onChange(offers?.find((offer) => offer.label === text)?.value ?? text)
      }}
      onChange={(value) => {
        const chosen = offers?.find((offer) => offer.value === value)
        if (!chosen) return
        setTyped(chosen.label)
        onChange(chosen.value)
      }}
      defaultFilter={() => true}
      allowsCustomValue
      allowsEmptyCollection
      menuTrigger="focus"
      isRequired={option.required ?? false}
      isInvalid={problem !== null}
      validationBehavior="aria"
      autoFocus={autoFocus}
    >
      <Label className="label">{option.name}</Label>
      <div className="combo">
        <Input autoComplete="off" />
        <Button className="icon-button" aria-label="Show choices">
          <Icon name="down" />
        </Button>
      </div>
      <Text slot="description" className="hint">
        {option.description}
      </Text>
      <FieldError className="problem">{problem}</FieldError>
      <Popover className="popover picker-popover" triggerRef={above} placement="top start">
        <ListBox
          className="choices"
          renderEmptyState={() => (
            <p className="empty">{offers === null ? 'Asking the bot…' : 'The bot offers nothing for this'}</p>
          )}
        >
          {(offer: Offer) => (
            <ListBoxItem id={offer.value} textValue={offer.label} className="choice">
              {offer.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
