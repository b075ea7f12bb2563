import type { APIComponentInContainer, APIMessageTopLevelComponent } from 'discord-api-types/v10'

/** A component of a message, wherever it sits. */
export type MessageComponent = APIMessageTopLevelComponent | APIComponentInContainer
