import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Chromium that can be started, and the environment that it needs beside the caller's. */
export interface ChromiumBinary {
  readonly path: string
  readonly environment: Readonly<Record<string, string>>
}

/**
 * The Chromium to test with: the one that CHROMIUM_PATH names, else the one inside the npm package
 * @sparticuz/chromium, unpacked once beside the installed packages.
 * @throws Error if CHROMIUM_PATH names no file, or if the package cannot be unpacked
 */
export async function findChromium(env: NodeJS.ProcessEnv): Promise<ChromiumBinary> {
  const chosen = env['CHROMIUM_PATH']
  if (chosen) {
    if (!existsSync(chosen)) {
      throw new Error(
        `CHROMIUM_PATH is ${chosen}, but there is no such file. Correct it, or unset it to use the Chromium from npm.`,
      )
    }
    return { path: chosen, environment: {} }
  }
  const folder = await unpackedChromium(env)
  const path = join(folder, 'chromium')
  const environment: Record<string, string> = {}
  if (await lacksLibraries(path)) environment['LD_LIBRARY_PATH'] = join(folder, 'al2023', 'lib')
  if (!existsSync('/etc/fonts/fonts.conf')) environment['FONTCONFIG_PATH'] = join(folder, 'fonts')
  return { path, environment }
}

async function unpackedChromium(env: NodeJS.ProcessEnv): Promise<string> {
  const packageFile = fileURLToPath(new URL('../package.json', import.meta.resolve('@sparticuz/chromium')))
  const described: unknown = JSON.parse(await readFile(packageFile, 'utf8'))
  const version =
    described instanceof Object && 'version' in described ? String(described.version) : 'unknown'
  const nodeModules = dirname(dirname(dirname(packageFile)))
  const folder = join(nodeModules, '.cache', `guildmesh-chromium-${version}`)
  if (existsSync(folder)) return folder

  await mkdir(dirname(folder), { recursive: true })
  const unfinished = await mkdtemp(`${folder}-`)
  try {
    await run(process.execPath, [fileURLToPath(new URL('unpack-chromium.ts', import.meta.url))], {
      env: { ...env, TMPDIR: unfinished, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' },
    })
    // Atomic, so that nobody ever starts a half unpacked browser.
    await rename(unfinished, folder)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    // Another process of the same test run was faster.
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** Whether the system lacks a library that Chromium is linked against (libnss3 on a slim image, mostly). */
async function lacksLibraries(path: string): Promise<boolean> {
  try {
    const { stdout } = await run('ldd', [path])
    return stdout.includes('not found')
  } catch {
    return true
  }
}
