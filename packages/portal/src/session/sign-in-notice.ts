/** Why somebody sees the sign-in page if this is not their first visit. The edge sends them with `?notice=`. */
export type SignInNotice = 'signed-out' | 'ended' | 'denied' | 'expired' | 'failed'

export interface SignInSearch {
  readonly to?: string
  readonly notice?: SignInNotice
}

const texts: Readonly<Record<SignInNotice, string>> = {
  'signed-out': 'You are signed out. Nothing from your session is left on this device.',
  ended: 'Your session has ended. Sign in again to continue where you were.',
  denied: 'You did not approve the sign-in at Discord, so nothing was shared. You can try again at any time.',
  expired:
    'The sign-in took too long, or was started in another browser. Start it again and finish it within ten minutes.',
  failed: 'Discord did not complete the sign-in. Try again; if it keeps failing, tell whoever runs the bot.',
}

/** The notice in words. */
export function signInNoticeText(notice: SignInNotice): string {
  return texts[notice]
}

/** Reads the search of `/sign-in`; what it does not know, it leaves out. */
export function readSignInSearch(raw: Record<string, unknown>): SignInSearch {
  const { to, notice } = raw
  return {
    ...(typeof to === 'string' ? { to } : {}),
    ...(typeof notice === 'string' && isNotice(notice) ? { notice } : {}),
  }
}

function isNotice(value: string): value is SignInNotice {
  return Object.hasOwn(texts, value)
}
