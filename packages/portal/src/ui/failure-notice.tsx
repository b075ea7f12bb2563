import { explainFailure } from '../api/explain-failure.ts'
import { failureOf } from '../api/failure-of.ts'
import { buttonLook } from './button-look.ts'
import { StateMark } from './state-mark.tsx'

/** Says what failed, why, and what to do next; offers to try again if that can help. */
export function FailureNotice(props: {
  readonly error: unknown
  /** What could not be done or shown, as `The activity`. */
  readonly what?: string
  /** Says what happened in place of `what` and the failure's own title. */
  readonly title?: string | undefined
  readonly retry?: () => void
  readonly retrying?: boolean
}) {
  const explained = explainFailure(failureOf(props.error))
  return (
    <div role="alert" className="border-l-4 border-bad bg-bad-soft px-4 py-3">
      <p className="flex items-baseline gap-2 font-semibold">
        <StateMark tone="bad" />
        <span>{props.title ?? `${props.what ? `${props.what}: ` : ''}${explained.title}`}</span>
      </p>
      <p className="mt-1 max-w-[65ch]">
        {explained.why} {explained.next}
      </p>
      {props.retry && explained.retryable ? (
        <button
          type="button"
          className={`${buttonLook('plain', 'small')} mt-3`}
          onClick={props.retry}
          disabled={props.retrying}
        >
          {props.retrying ? 'Trying…' : 'Try again'}
        </button>
      ) : null}
    </div>
  )
}
