import { buttonLook } from '../ui/button-look.ts'
import { MessagePage } from '../ui/message-page.tsx'

/** Shown where drawing a page failed, or its code could not be loaded (after an update, mostly). */
export function CrashPage() {
  return (
    <MessagePage
      title="This page could not be shown"
      actions={
        <button type="button" className={buttonLook('primary')} onClick={() => location.reload()}>
          Load the page again
        </button>
      }
    >
      <p>The portal may have been updated since you opened it, or its code has a defect.</p>
      <p>Loading the page again usually helps. If it does not, tell whoever runs the bot what you did.</p>
    </MessagePage>
  )
}
