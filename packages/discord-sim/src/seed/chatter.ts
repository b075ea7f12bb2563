import type { Random } from '../random.ts'
import { opinions, places, topics } from './names.ts'

type Fill = (random: Random) => string

const topic: Fill = (random) => random.pick(topics)
const opinion: Fill = (random) => random.pick(opinions)
const place: Fill = (random) => random.pick(places)

/** Shapes of everyday messages; each draws its own words. */
const shapes: Fill[] = [
  (r) => `anyone else following ${topic(r)}?`,
  (r) => `I finally looked at ${topic(r)} and it is ${opinion(r)}`,
  (r) => `can we talk about ${topic(r)} ${place(r)}?`,
  (r) => `quick question about ${topic(r)}: where do I start?`,
  (r) => `ok, ${topic(r)} turned out to be ${opinion(r)}. Thanks to everyone who helped!`,
  (r) => `I'll be around ${place(r)} if someone wants to go over ${topic(r)}`,
  (r) => `no spoilers please, I am not done with ${topic(r)}`,
  (r) => `has anyone compared ${topic(r)} with ${topic(r)}? Curious which one you prefer.`,
  (r) => `reminder: ${topic(r)} is ${place(r)}`,
  (r) => `hot take: ${topic(r)} is ${opinion(r)}`,
  (r) => `I wrote up some notes on ${topic(r)}, happy to share ${place(r)}`,
  (r) => `sorry I missed it, was busy with ${topic(r)}. How did it go?`,
  () => `haha that is so true`,
  () => `thanks, that fixed it!`,
  (r) => `good morning! How is ${topic(r)} coming along?`,
  (r) => `${r.between(2, 9)} people already signed up for ${topic(r)}`,
  () => `let's move this to a thread, it is getting long`,
  (r) => `does ${place(r)} work for everyone?`,
  (r) =>
    `here is what worked for me:\n\`\`\`ts\nconst tries = ${r.between(1, 9)}\nconsole.log('done after', tries)\n\`\`\``,
  (r) => `agreed, ${topic(r)} is ${opinion(r)}`,
  (r) => `found this on ${topic(r)}: https://example.com/posts/${r.between(1000, 9999)}`,
  (r) => `brb, back ${place(r)}`,
  (r) => `second that. Also, ${topic(r)} could use some love.`,
  (r) => `who is bringing snacks ${place(r)}?`,
]

const edits = [
  '(typo fixed)',
  '(edit: clearer now)',
  '(edit: added the link)',
  '(edit: wrong day, sorry)',
] as const

/** Emoji that people react with; the first are the common ones. */
export const reactionEmoji = ['👍', '❤️', '😂', '🎉', '👀', '🔥', '✅', '🤔'] as const

export function chatMessage(random: Random): string {
  return random.pick(shapes)(random)
}

/** The same message after its author looked at it again. */
export function editedMessage(random: Random, before: string): string {
  return `${before.split(' (')[0] ?? before} ${random.pick(edits)}`
}
