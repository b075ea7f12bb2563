/** Why a login did not come to its end. */
export type LoginProblem = 'denied' | 'state' | 'discord' | 'unavailable'

const texts: Readonly<Record<LoginProblem, string>> = {
  denied: 'Discord says that access was not granted. Nothing was changed.',
  state:
    'This login was not begun in this browser, was already finished, or is more than ten minutes old. Begin it again.',
  discord: 'Discord did not complete the login. It may be busy: try again in a minute.',
  unavailable: 'You could not be signed in because a part of the service is away. Try again in a minute.',
}

/** A page that needs no script: it is shown when the portal cannot know yet who is there. Holds no input. */
export function loginProblemPage(problem: LoginProblem): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Signing in did not work</title>
<main>
<h1>Signing in did not work</h1>
<p>${texts[problem]}</p>
<p><a href="/auth/login">Sign in again</a> or <a href="/">go to the start</a>.</p>
</main>
</html>
`
}
