import { Link } from '@tanstack/react-router'
import { buttonLook } from '../ui/button-look.ts'
import { MessagePage } from '../ui/message-page.tsx'

export function NotFoundPage() {
  return (
    <MessagePage
      title="Page not found"
      actions={
        <Link to="/" className={buttonLook('primary')}>
          Go to your servers
        </Link>
      }
    >
      <p>The address may be mistyped, or the page may have moved.</p>
    </MessagePage>
  )
}
