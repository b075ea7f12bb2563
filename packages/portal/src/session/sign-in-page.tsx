import { BrandMark } from '../ui/brand-mark.tsx'
import { buttonLook } from '../ui/button-look.ts'
import { StateMark } from '../ui/state-mark.tsx'
import { loginAddress } from './login-address.ts'
import { type SignInNotice, signInNoticeText } from './sign-in-notice.ts'
import { WovenStrands } from './woven-strands.tsx'

/** What somebody without a session sees, at any address. `to` is the page that they come back to. */
export function SignInPage(props: {
  readonly to: string | undefined
  readonly notice: SignInNotice | undefined
}) {
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(0,5fr)_minmax(0,4fr)]">
      <title>Sign in · guildmesh</title>
      <main className="flex flex-col px-6 py-8 sm:px-12 lg:px-20 lg:py-14">
        <p className="flex items-center gap-2.5 text-lg font-bold tracking-tight">
          <BrandMark className="size-6 text-accent" />
          guildmesh
        </p>
        <div className="my-auto max-w-xl py-16">
          <h1 className="text-4xl leading-[1.1] font-bold tracking-tight sm:text-5xl">
            Your server’s moderation bot, in plain sight.
          </h1>
          <p className="mt-5 max-w-[52ch] text-lg text-dim">
            guildmesh shows what happens in the Discord servers you help run, and how the bot that looks after
            them is doing.
          </p>
          {props.notice ? (
            <p
              role="status"
              className="mt-8 flex items-baseline gap-2.5 border-l-4 border-edge bg-sunken px-4 py-3"
            >
              <StateMark tone={props.notice === 'signed-out' ? 'quiet' : 'warn'} />
              <span>{signInNoticeText(props.notice)}</span>
            </p>
          ) : null}
          <a href={loginAddress(props.to)} className={`${buttonLook('primary', 'large')} mt-8`}>
            Sign in with Discord
          </a>
          <p className="mt-4 max-w-[52ch] text-sm text-dim">
            Signing in shares two things: your Discord profile without your email address, and the list of
            your servers with your permissions in each. It does not let guildmesh write or join a server in
            your name, and your password stays with Discord.
          </p>
        </div>
      </main>
      <WovenStrands className="hidden h-full w-full bg-sunken lg:block" />
    </div>
  )
}
