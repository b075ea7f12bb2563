// Loaded into each process of the mesh before its own code (`node --import`). The launcher holds the other end of file
// descriptor 3 and never writes to it. When the launcher is gone, however it went, the kernel closes that end and the
// process ends: politely first, and by force if that takes too long. The services know nothing of it.
// Plain JavaScript, because Node's TypeScript support would weigh on the memory of every process.
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

const lifelineFd = 3
const politeMs = 5000

const lifeline = new Socket({ fd: lifelineFd, readable: true, writable: false })
lifeline.on('error', () => {})
lifeline.on('close', () => {
  // A thread of its own, so that a process whose main thread is stuck ends as well.
  new Worker(
    `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${politeMs}); process.kill(process.pid, 'SIGKILL')`,
    {
      eval: true,
    },
  ).unref()
  process.kill(process.pid, 'SIGTERM')
})
lifeline.resume()
lifeline.unref()
