//! Functions that somebody else calls.

use crate::rules::found::found;

#[test]
fn what_is_called_elsewhere_is_called_with_what_follows() {
    let python = r#"
import asyncio
import functools
import jwt

async def one(token):
    return await asyncio.to_thread(jwt.decode, token, KEY, algorithms=["RS256"])

async def two(token):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, functools.partial(jwt.decode, token, KEY, algorithms=["RS256"]))

async def bound(token):
    return await asyncio.to_thread(jwt.decode, token, KEY, audience=SERVER)

async def also_bound(token):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, functools.partial(jwt.decode, audience=SERVER), token, KEY)

async def nothing():
    return await asyncio.to_thread()
"#;
    assert_eq!(found("a.py", python), ["WRD201 7", "WRD201 11"]);
    let script = r"
const { promisify } = require('util');
const jwt = require('jsonwebtoken');
const verify = promisify(jwt.verify);
exports.one = async (token) => { const claims = await verify(token, KEY); return claims; };
exports.bound = async (token) => { const claims = await verify(token, KEY, { audience: SERVER }); return claims; };
";
    assert_eq!(found("a.js", script), ["WRD201 5"]);
}

#[test]
fn plugins_and_middleware_are_made_with_what_follows() {
    let script = r"
import fastifyJwt from '@fastify/jwt';
export function one(fastify) { fastify.register(fastifyJwt, { secret: KEY }); }
export function bound(fastify) { fastify.register(fastifyJwt, { secret: KEY, verify: { allowedAud: SERVER } }); }
export function routes(fastify) { fastify.register(async (inner, options) => inner.get('/', show), { prefix: '/a' }); }
";
    assert_eq!(found("a.ts", script), ["WRD206 3"]);
}

#[test]
fn what_calls_itself_comes_to_an_end() {
    let many = "asyncio.to_thread, ".repeat(2000);
    let python = format!(
        r#"
import asyncio
import functools
import jwt

def one(token):
    again = functools.partial(jwt.decode, token)
    again["<calls>"] = again
    return again()

def many(token):
    return asyncio.to_thread({many} jwt.decode, token, KEY)

class Fields:
    inner: dict = Fields().model_dump()

def fields():
    return jwt.decode(**Fields().model_dump())
"#
    );
    // What is too deep is not known: nothing is claimed of it. The fields have no audience.
    assert_eq!(found("a.py", &python), ["WRD201 18"]);
}
