import { buildChat } from '../packaging/build-chat.ts'

/** The page that the browser tests look at is always that of the sources. */
export default function buildPage(): Promise<void> {
  return buildChat()
}
