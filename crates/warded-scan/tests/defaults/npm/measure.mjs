// Which tokens does each way of calling a JavaScript library accept? One line of JSON for each way.
//
//     PACKAGES=FOLDER node measure.mjs TOKENS
//
// FOLDER is the one whose `node_modules` has the libraries.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const file = process.argv[2];
const folder = process.env.PACKAGES;
const { here, issuer, pem, jwk, tokens } = JSON.parse(readFileSync(file, "utf8"));
const require = createRequire(`${folder}/`);
const load = (name) => import(pathToFileURL(require.resolve(name)));

/** `accept` throws, or its promise is rejected, where the token is refused. */
async function measure(name, call, accept) {
  const accepts = [];
  for (const [token, text] of Object.entries(tokens)) {
    try {
      await accept(text);
      accepts.push(token);
    } catch {}
  }
  const { version } = JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, "utf8"));
  console.log(JSON.stringify({ package: `npm:${name}`, version, call, accepts, untried: [] }));
}

/** What an Express middleware says of a request with the token. */
async function asked(middleware, text) {
  const app = express();
  app.use(middleware, (_, response) => response.end());
  app.use((_error, _request, response, _next) => response.status(401).end());
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = `http://127.0.0.1:${server.address().port}/`;
    const response = await fetch(address, { headers: { authorization: `Bearer ${text}` } });
    if (!response.ok) throw new Error("refused");
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const { default: express } = await load("express");

const jose = await load("jose");
const key = await jose.importJWK(jwk, "RS256");
const joses = [
  ["jwtVerify(token, key)", undefined],
  ["jwtVerify(…, { audience: undefined })", { audience: undefined }],
  ["jwtVerify(…, { audience: HERE })", { audience: here }],
  ["jwtVerify(…, { audience: [] })", { audience: [] }],
  ["jwtVerify(…, { requiredClaims: ['aud'] })", { requiredClaims: ["aud"] }],
];
for (const [call, options] of joses) await measure("jose", call, (text) => jose.jwtVerify(text, key, options));

const { default: jsonwebtoken } = await load("jsonwebtoken");
const jsonwebtokens = [
  ["verify(token, key)", undefined],
  ["verify(…, { audience: undefined })", { audience: undefined }],
  ["verify(…, { audience: HERE })", { audience: here }],
  ["verify(…, { audience: [] })", { audience: [] }],
  ["verify(…, { audience: '' })", { audience: "" }],
  ["verify(…, { audience: /^https:\\/\\/a\\.example\\/mcp/ })", { audience: /^https:\/\/a\.example\/mcp/ }],
];
for (const [call, options] of jsonwebtokens) {
  await measure("jsonwebtoken", call, async (text) => jsonwebtoken.verify(text, pem, options));
}

const { createVerifier } = await load("fast-jwt");
const fastJwts = [
  ["createVerifier({ key })", {}],
  ["createVerifier({ key, allowedAud: HERE })", { allowedAud: here }],
  ["createVerifier({ key, allowedAud: HERE, requiredClaims: ['aud'] })", { allowedAud: here, requiredClaims: ["aud"] }],
  ["createVerifier({ key, allowedAud: /^https:\\/\\/a\\.example\\/mcp/ })", { allowedAud: /^https:\/\/a\.example\/mcp/ }],
];
for (const [call, options] of fastJwts) {
  await measure("fast-jwt", call, async (text) => createVerifier({ key: pem, ...options })(text));
}

const { expressjwt } = await load("express-jwt");
const expressJwts = [
  ["expressjwt({ secret, algorithms })", {}],
  ["expressjwt({ secret, algorithms, audience: HERE })", { audience: here }],
];
for (const [call, options] of expressJwts) {
  const middleware = expressjwt({ secret: pem, algorithms: ["RS256"], ...options });
  await measure("express-jwt", call, (text) => asked(middleware, text));
}

const { default: { Strategy, ExtractJwt } } = await load("passport-jwt");
const { default: { Passport } } = await load("passport");
const passports = [
  ["new Strategy({ secretOrKey, jwtFromRequest }, …)", {}],
  ["new Strategy({ secretOrKey, jwtFromRequest, audience: HERE }, …)", { audience: here }],
];
for (const [call, options] of passports) {
  const given = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: pem, algorithms: ["RS256"], ...options };
  const passport = new Passport();
  passport.use(new Strategy(given, (claims, done) => done(null, claims)));
  await measure("passport-jwt", call, (text) =>
    new Promise((resolve, reject) => {
      const judged = passport.authenticate("jwt", { session: false }, (error, user) =>
        !error && user ? resolve() : reject(error ?? new Error("refused")));
      judged({ headers: { authorization: `Bearer ${text}` } }, {}, reject);
    }));
}

const { OAuth2Client } = await load("google-auth-library");
const googles = [
  ["verifySignedJwtWithCertsAsync(token, certs)", undefined],
  ["verifySignedJwtWithCertsAsync(token, certs, HERE)", here],
  ["verifySignedJwtWithCertsAsync(token, certs, [HERE])", [here]],
];
// Google allows a token one day; the tokens here are good for longer.
const LONGEST = 10_000_000_000;
for (const [call, audience] of googles) {
  const client = new OAuth2Client();
  await measure("google-auth-library", call, (text) =>
    client.verifySignedJwtWithCertsAsync(text, { [jwk.kid]: pem }, audience, undefined, LONGEST));
}

// It fetches keys, so there is somebody to ask.
const keys = createServer((_, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ keys: [jwk] }));
});
keys.listen(0, "127.0.0.1");
await once(keys, "listening");
const { auth } = await load("express-oauth2-jwt-bearer");
const bearers = [
  ["auth({ issuer, jwksUri })", {}],
  ["auth({ issuer, jwksUri, audience: HERE })", { audience: here }],
];
for (const [call, options] of bearers) {
  const jwksUri = `http://127.0.0.1:${keys.address().port}/`;
  await measure("express-oauth2-jwt-bearer", call, (text) =>
    asked(auth({ issuer, jwksUri, tokenSigningAlg: "RS256", ...options }), text));
}
keys.close();
