import { useEffect, useState } from 'react'
import { useChat } from '../state/chat-context.ts'

/** Who is typing, and which command waits for the bot. */
export function TypingLine() {
  const { live, me, names, acting } = useChat()
  const [now, setNow] = useState(Date.now)
  const nextEnd = Math.min(...Object.values(live.typing).filter((until) => until > now))
  useEffect(() => {
    if (!Number.isFinite(nextEnd)) return undefined
    const timer = setTimeout(() => setNow(Date.now()), Math.max(0, nextEnd - Date.now()) + 10)
    return () => clearTimeout(timer)
  }, [nextEnd])
  const typing = Object.entries(live.typing)
    .filter(([userId, until]) => until > now && userId !== me.id)
    .flatMap(([userId]) => names.person(userId)?.name ?? [])
  const line =
    acting.runningCommand === null
      ? typing.length === 0
        ? ''
        : `${typing.slice(0, 3).join(', ')} ${typing.length === 1 ? 'is' : 'are'} typing…`
      : `/${acting.runningCommand} waits for ${live.pieces.bot.name}…`
  return (
    <p className="typing" aria-live="polite">
      {line}
    </p>
  )
}
