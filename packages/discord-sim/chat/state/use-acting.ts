import { useCallback, useMemo, useState } from 'react'
import type { InteractionView } from '../../src/interactions/interaction-view.ts'
import { describeFailure, sim } from '../sim.ts'

/** How long a person's client waits for the bot; Discord gives it three seconds. */
const patienceMs = 6_000
const noAnswer = 'The application did not respond'

/** Something that only this person sees, and that is kept nowhere. */
export interface Notice {
  id: number
  channelId: string
  text: string
}

/** A modal that the bot opened. */
export interface OpenModal {
  interactionId: string
  modal: NonNullable<InteractionView['modal']>
}

export type CommandValues = NonNullable<Parameters<typeof sim.runCommand>[0]['options']>

/** What a person can make the bot do, and what came of it where no message tells. */
export interface Acting {
  notices: readonly Notice[]
  modal: OpenModal | null
  /** `messageId:customId` of components that wait for the bot. */
  waiting: ReadonlySet<string>
  /** Message id → why the last use of one of its components failed. */
  failures: Readonly<Record<string, string>>
  /** Name of the command that waits for the bot. */
  runningCommand: string | null
  runCommand: (input: { command: string; options?: CommandValues; targetId?: string }) => Promise<void>
  useComponent: (input: { messageId: string; customId: string; values?: string[] }) => Promise<void>
  submitModal: (values: ModalValues) => Promise<string | null>
  closeModal: () => void
  /** Runs something as this person; a refusal becomes a notice. True when it worked. */
  attempt: (work: () => Promise<unknown>) => Promise<boolean>
  dismiss: (noticeId: number) => void
}

export type ModalValues = Parameters<typeof sim.submitModal>[0]['values']

let lastNotice = 0

export function useActing(userId: string, channelId: string | null): Acting {
  const [notices, setNotices] = useState<Notice[]>([])
  const [modal, setModal] = useState<OpenModal | null>(null)
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(new Set())
  const [failures, setFailures] = useState<Readonly<Record<string, string>>>({})
  const [runningCommand, setRunningCommand] = useState<string | null>(null)

  const notify = useCallback(
    (text: string) => {
      if (channelId === null) return
      lastNotice += 1
      setNotices((known) => [...known.slice(-4), { id: lastNotice, channelId, text }])
    },
    [channelId],
  )

  const attempt = useCallback(
    async (work: () => Promise<unknown>) => {
      try {
        await work()
        return true
      } catch (error) {
        notify(describeFailure(error))
        return false
      }
    },
    [notify],
  )

  /** Shows what an answer opens; returns why the interaction failed, or null. */
  const take = useCallback((view: InteractionView): string | null => {
    if (view.modal) setModal({ interactionId: view.interactionId, modal: view.modal })
    if (view.status === 'failed') return `${noAnswer}: ${view.error ?? ''}`
    return view.status === 'waiting' ? noAnswer : null
  }, [])

  return useMemo(() => {
    const place = { userId, channelId: channelId ?? '' }
    const wait = { until: 'first', timeoutMs: patienceMs } as const
    return {
      notices: notices.filter((notice) => notice.channelId === channelId),
      modal,
      waiting,
      failures,
      runningCommand,
      attempt,
      runCommand: async (input) => {
        setRunningCommand(input.command)
        await attempt(async () => {
          const failure = take(await sim.runCommand({ ...place, ...input, ...wait }))
          if (failure !== null) notify(failure)
        })
        setRunningCommand(null)
      },
      useComponent: async (input) => {
        const key = `${input.messageId}:${input.customId}`
        setWaiting((known) => new Set([...known, key]))
        setFailures(({ [input.messageId]: _gone, ...others }) => others)
        let failure: string | null
        try {
          failure = take(await sim.useComponent({ ...place, ...input, ...wait }))
        } catch (error) {
          failure = describeFailure(error)
        }
        if (failure !== null) {
          const text = failure
          setFailures((known) => ({ ...known, [input.messageId]: text }))
        }
        setWaiting((known) => new Set([...known].filter((other) => other !== key)))
      },
      submitModal: async (values) => {
        if (!modal) return null
        try {
          const view = await sim.submitModal({ interactionId: modal.interactionId, values, ...wait })
          const failure = take(view)
          if (failure === null && !view.modal) setModal(null)
          return failure
        } catch (error) {
          return describeFailure(error)
        }
      },
      closeModal: () => setModal(null),
      dismiss: (noticeId) => setNotices((known) => known.filter((notice) => notice.id !== noticeId)),
    }
  }, [userId, channelId, notices, modal, waiting, failures, runningCommand, attempt, take, notify])
}
