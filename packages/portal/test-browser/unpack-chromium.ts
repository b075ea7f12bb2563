// Run as a process of its own, because @sparticuz/chromium unpacks into the temp folder of the process and writes
// to its environment. Unpacks Chromium, its fonts and its libraries into TMPDIR.
import chromium from '@sparticuz/chromium'

await chromium.executablePath()
