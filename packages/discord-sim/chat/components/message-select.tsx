import type { APISelectMenuComponent } from 'discord-api-types/v10'
import { useState } from 'react'
import type { MessageView } from '../../src/control/live/chat-view.ts'
import { useChat } from '../state/chat-context.ts'
import { Picker } from '../ui/picker.tsx'
import { defaultValues, placeholderOf, useSelectChoices } from './select-choices.tsx'

/** A select of a message: what is chosen goes to the bot when the list closes. */
export function MessageSelect({ select, message }: { select: APISelectMenuComponent; message: MessageView }) {
  const { acting } = useChat()
  const choices = useSelectChoices(select)
  const [chosen, setChosen] = useState<readonly string[]>(() => defaultValues(select))
  const placeholder = placeholderOf(select)
  const least = select.min_values ?? 1
  return (
    <Picker
      label={placeholder}
      hiddenLabel
      placeholder={placeholder}
      choices={choices}
      selected={chosen}
      most={select.max_values ?? 1}
      isDisabled={select.disabled === true}
      isBusy={acting.waiting.has(`${message.id}:${select.custom_id}`)}
      onChange={setChosen}
      onDone={(values) => {
        if (values.length < least) return
        void acting.useComponent({ messageId: message.id, customId: select.custom_id, values })
      }}
    />
  )
}
