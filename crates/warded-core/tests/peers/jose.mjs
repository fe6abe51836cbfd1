// What the npm package `jose` says of each token, configured as strictly as it allows.
//
//     node jose.mjs DIRECTORY-WITH-NODE_MODULES FILE
//
// The file's first line is the configuration, each other line one token as a JSON string.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , directory, file] = process.argv
const found = createRequire(join(resolve(directory), 'here.js')).resolve('jose')
const { createLocalJWKSet, jwtVerify } = await import(pathToFileURL(found))

const [first, ...rest] = readFileSync(file, 'utf8').trimEnd().split('\n')
const config = JSON.parse(first)
const keys = createLocalJWKSet(config.jwks)
const options = {
  algorithms: config.algorithms,
  audience: config.audience,
  issuer: config.issuer,
  typ: config.typ,
  clockTolerance: config.leeway,
  requiredClaims: ['exp', 'iss', 'aud'],
}
const verdicts = []
for (const line of rest) {
  try {
    await jwtVerify(JSON.parse(line), keys, options)
    verdicts.push('admit')
  } catch (error) {
    verdicts.push(`refuse ${error.code ?? error.name}`)
  }
}
process.stdout.write(verdicts.join('\n') + '\n')
