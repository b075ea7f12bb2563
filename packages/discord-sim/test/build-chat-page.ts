import { buildChat } from '../build-chat.ts'

/** The page that the browser tests look at is always that of the sources. */
export default buildChat
