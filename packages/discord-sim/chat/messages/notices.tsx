import { useChat } from '../state/chat-context.ts'
import { Icon } from '../ui/icon.tsx'

/** What only this person sees and no message tells: refusals, and a bot that did not answer. */
export function Notices() {
  const { acting } = useChat()
  return (
    <div role="alert" className="notices">
      {acting.notices.map((notice) => (
        <p key={notice.id} className="notice">
          <span>{notice.text}</span>
          <button
            type="button"
            className="icon-button"
            aria-label="Dismiss"
            onClick={() => acting.dismiss(notice.id)}
          >
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  )
}
