import { buttonLook } from '../ui/button-look.ts'
import { MessagePage } from '../ui/message-page.tsx'

/** Shown if drawing a page failed, or if its code could not be loaded (after an update, mostly). */
export function CrashPage() {
  return (
    <MessagePage
      title="This page could not be shown"
      actions={
        <button type="button" className={buttonLook('primary')} onClick={() => location.reload()}>
          Reload the page
        </button>
      }
    >
      <p>The portal may have been updated since you opened it, or something went wrong.</p>
      <p>Reloading it usually helps. If it does not, tell whoever runs the bot what you did.</p>
    </MessagePage>
  )
}
