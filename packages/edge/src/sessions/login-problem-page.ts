/** Why a login did not succeed. */
export type LoginProblem = 'denied' | 'state' | 'discord' | 'unavailable'

const texts: Readonly<Record<LoginProblem, string>> = {
  denied: 'You did not grant access at Discord. Nothing has changed.',
  state:
    'This login was not started in this browser, is already complete, or is more than ten minutes old. Please start again.',
  discord: 'Discord did not complete the login. It may be busy; please try again in a minute.',
  unavailable:
    'You could not be signed in because part of the service is unavailable. Please try again in a minute.',
}

/** A page without scripts, for a visitor who is not signed in. Contains nothing that the request said. */
export function loginProblemPage(problem: LoginProblem): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign-in failed</title>
<main>
<h1>Sign-in failed</h1>
<p>${texts[problem]}</p>
<p><a href="/auth/login">Sign in again</a> or <a href="/">go to the home page</a>.</p>
</main>
</html>
`
}
