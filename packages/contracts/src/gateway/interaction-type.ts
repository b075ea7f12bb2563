/** Source: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object-interaction-type */
export const interactionType = { ping: 1, command: 2, component: 3, autocomplete: 4, modal: 5 } as const

/** Source: https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object-interaction-callback-type */
export const responseType = { pong: 1, message: 4, choices: 8 } as const

/** Source: https://discord.com/developers/docs/events/webhook-events#payload-structure-webhook-types */
export const webhookType = { ping: 0, event: 1 } as const
