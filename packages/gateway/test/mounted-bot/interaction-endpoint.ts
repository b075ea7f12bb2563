import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GuildId, type InteractionAnswer, InteractionId } from '@guildmesh/contracts'
import { z } from 'zod'
import type { GatewayApp } from '../../src/index.ts'
import { call } from '../owner-side/test-owner.ts'

const Payload = z.looseObject({ id: InteractionId, guild_id: GuildId })

/** Hands interactions of the simulated Discord to a gateway, as the edge does once it has found the owner. */
export async function interactionEndpoint(gateway: GatewayApp) {
  const given: { payload: Record<string, unknown>; answer: InteractionAnswer }[] = []
  const ask = async (payload: Record<string, unknown>) => {
    const { id: interactionId, guild_id: guildId } = Payload.parse(payload)
    const owned = gateway.table.guildsOf(gateway.gatewayId).find((guild) => guild.guildId === guildId)
    if (!owned) throw new Error(`guild ${guildId} is not of ${gateway.gatewayId}`)
    const guild = { guildId, epoch: owned.epoch }
    const answer = await gateway.port.interactions.handle({ interactionId, guild, payload }, call())
    given.push({ payload, answer })
    return answer
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const payload = z.looseObject({}).parse(JSON.parse(Buffer.concat(chunks).toString()))
    const answer = await ask(payload)
    if (answer.delivered) response.writeHead(202).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.response))
  }
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a TCP server that listens
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    /** Every answer that was handed to Discord, in order. */
    given,
    /** Brings an interaction once more, as an edge does whose call was cut off. */
    ask,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
