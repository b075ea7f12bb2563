import { type FormEvent, type ReactNode, useId, useState } from 'react'
import { Dialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { buttonLook } from '../ui/button-look.ts'
import { FailureNotice } from '../ui/failure-notice.tsx'

const mostReason = 500

/**
 * The frame of every operator action: what it will do, the reason (for the audit log), the equivalent command, and the
 * outcome.
 */
export function OperatorDialog(props: {
  readonly title: string
  /** What the action will do. */
  readonly effect: ReactNode
  /** Fields beside the reason. */
  readonly fields?: ReactNode
  readonly reason: string
  readonly setReason: (reason: string) => void
  readonly command: string
  readonly actionName: string
  readonly act: () => void
  readonly acting: boolean
  readonly error: unknown
  /** Shown in place of the form after success. */
  readonly done: ReactNode | null
  readonly close: () => void
}) {
  const reasonId = useId()
  function submit(event: FormEvent) {
    event.preventDefault()
    if (!props.acting) props.act()
  }
  return (
    <ModalOverlay
      isOpen
      isDismissable
      onOpenChange={(open) => !open && props.close()}
      className="fixed inset-0 z-30 grid place-items-center overflow-y-auto bg-veil p-4"
    >
      <Modal className="w-full max-w-lg rounded-xl border border-line bg-surface shadow-2xl shadow-black/20">
        <Dialog className="p-6 outline-none">
          <Heading slot="title" className="text-xl font-bold tracking-tight">
            {props.title}
          </Heading>
          {props.done ? (
            <>
              <div role="status" className="mt-3">
                {props.done}
              </div>
              <div className="mt-6 flex justify-end">
                <button type="button" className={buttonLook('primary')} onClick={props.close} autoFocus>
                  Close
                </button>
              </div>
            </>
          ) : (
            <form onSubmit={submit} className="mt-3 grid gap-4">
              <div className="grid gap-2 text-dim">{props.effect}</div>
              {props.fields}
              <div>
                <label htmlFor={reasonId} className="block font-semibold">
                  Reason
                </label>
                <textarea
                  id={reasonId}
                  required
                  rows={2}
                  maxLength={mostReason}
                  value={props.reason}
                  onChange={(event) => props.setReason(event.target.value)}
                  aria-describedby={`${reasonId}-hint`}
                  className="mt-1 w-full rounded-md border border-edge bg-paper px-3 py-2"
                />
                <p id={`${reasonId}-hint`} className="text-sm text-dim">
                  Recorded in the audit log, with your name.
                </p>
              </div>
              <CommandLine command={props.command} />
              {props.error ? <FailureNotice error={props.error} what="Not done" /> : null}
              <div className="flex flex-wrap justify-end gap-3">
                <button type="button" className={buttonLook('plain')} onClick={props.close}>
                  Cancel
                </button>
                <button type="submit" className={buttonLook('primary')} disabled={props.acting}>
                  {props.acting ? 'Working…' : props.actionName}
                </button>
              </div>
            </form>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function CommandLine({ command }: { readonly command: string }) {
  const [copied, setCopied] = useState(false)
  const id = useId()
  async function copy() {
    try {
      await navigator.clipboard.writeText(command)
      setCopied(true)
    } catch {
      // No clipboard on an insecure origin: the command is selected, to be copied by hand.
      const element = document.getElementById(id)
      if (element) getSelection()?.selectAllChildren(element)
    }
  }
  return (
    <div>
      <div className="flex items-baseline justify-between gap-3">
        <p className="text-sm font-semibold">Equivalent command</p>
        <button
          type="button"
          className="text-sm font-semibold text-accent underline underline-offset-3"
          onClick={() => void copy()}
        >
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
      <code
        id={id}
        className="mt-1 block rounded-md bg-sunken px-3 py-2 font-mono text-[0.8125rem] break-words whitespace-pre-wrap"
      >
        {command}
      </code>
    </div>
  )
}
