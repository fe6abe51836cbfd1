use super::{ends, met};

const CLIENT: &str = r#"
import axios from "axios";
import { addResource, prepare } from "./helpers.js";
import * as all from "./helpers.js";
import complete from "./complete.cjs";

const { Form } = require("./form");

export class Client {
    extra = { resource: "x" };
    static defaults = { resource: "y" };
    constructor(private readonly serverUrl: string, private resource?: string) {}

    async plain(code: string) {
        await fetch("https://as/token", { method: "POST", body: new URLSearchParams({ grant_type: "authorization_code", code }) });
    }
    async written(code: string) {
        const body = new URLSearchParams();
        body.set("grant_type", "authorization_code");
        body.append("resource", this.resource!);
        await fetch("https://as/token", { method: "POST", body: body.toString() });
    }
    async copied(base: Record<string, string>) {
        const own = { grant_type: "x" };
        const body = new URLSearchParams(own);
        body.set("resource", this.serverUrl);
        await fetch("own", { body: new URLSearchParams(own) });
        await fetch("body", { body });
        await fetch("base", { body: new URLSearchParams(base) });
        await fetch("text", { body: "grant_type=refresh_token&resource=" + this.serverUrl });
    }
    async conditional(code: string) {
        const body: Record<string, string> = { grant_type: "authorization_code" };
        if (this.resource) body.resource = this.resource;
        await fetch("https://as/token", { body: JSON.stringify(body) });
    }
    async returnsEarly(code: string) {
        const body = { grant_type: "x" };
        if (!this.resource) throw new Error();
        body["resource"] ??= this.resource;
        await axios.post("https://as/token", body);
    }
    async helped() {
        const body = new URLSearchParams({ grant_type: "x" });
        addResource(body, this.resource);
        this.#more(body);
        await axios.post("https://as/token", body);
        await axios.post("https://as/token", prepare("r"));
        await axios.post("https://as/token", all.prepare("r"));
        await axios.post("https://as/token", complete({ a: 1 }));
        await axios.post("https://as/token", new Form("r").entries());
    }
    #more(body: URLSearchParams) { body.set("client_id", "x"); }
    get parameters() { return { resource: this.serverUrl }; }
    async spread(r?: URL, ...rest: string[]) {
        await fetch("1", { body: { a: 1, ...this.extra } });
        await fetch("2", { body: { a: 1, ...(r ? { resource: r.href } : {}) } });
        await fetch("3", { body: { a: 1, ...(r && { resource: r.href }) } });
        await fetch("4", { body: { a: 1, ...this.parameters } });
        await fetch("5", { body: Object.assign({ a: 1 }, Client.defaults) });
        const { resource, ...others } = { resource: "x", b: 2 };
        await fetch("6", { body: { ...others } });
        await fetch("7", { body: Object.fromEntries([["a", 1]].concat(rest)) });
    }
    async given(body: URLSearchParams) {
        await fetch("https://as/token", { body });
    }
    async callsGiven() {
        await this.given(new URLSearchParams({ grant_type: "x" }));
    }
    chained() {
        return discover().then(found => {
            const body = { grant_type: "x", resource: found.resource };
            return body;
        }).then(body => fetch("https://as/token", { body }));
    }
    looped(entries: [string, string][]) {
        const body: any = { grant_type: "x" };
        for (const [key, value] of entries) body[key] = value;
        entries.forEach((body) => body);
        return fetch("https://as/token", { body });
    }
}

const provider = {
    resource: "r",
    parameters() { return { grant_type: "x", resource: this.resource }; },
    get body() { return { grant_type: "x" }; },
};
export const viaObject = async () => {
    await fetch("method", { body: provider.parameters() });
    await fetch("getter", { body: provider.body });
};
"#;

const HELPERS: &str = r#"
export { prepare };
export function addResource(body, resource) { body.set("resource", resource); }

const prepare = (resource) => ({ ...base(), resource });
function base() { return { grant_type: "refresh_token" }; }
"#;

const COMPLETE: &str = r#"
module.exports = function (body) { return { ...body, resource: "x" }; };
"#;

const FORM: &str = r#"
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.Form = void 0;
class Form {
    constructor(resource) { this.resource = resource; }
    entries() { return new Map([["grant_type", "x"], ["resource", this.resource]]); }
}
exports.Form = Form;
"#;

#[test]
fn parameters_are_followed() {
    let files = [
        ("src/client.ts", CLIENT),
        ("src/helpers.ts", HELPERS),
        ("src/complete.cjs", COMPLETE),
        ("src/form.js", FORM),
    ];
    let shown = [met(&files, "fetch"), met(&files, ".post")].concat();
    insta::assert_snapshot!(shown);
}

#[test]
fn what_compilers_put_out_is_followed() {
    let compiled = r#"
"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) { return mod; };
exports.redeem = redeem;
const axios_1 = __importDefault(require("axios"));
const helpers = __importStar(require("./helpers"));
function redeem(code) {
    return __awaiter(this, void 0, void 0, function* () {
        const body = Object.assign(Object.assign({}, { grant_type: "x" }), helpers.more());
        return yield axios_1.default.post("https://as/token", body);
    });
}
"#;
    let small = r#"
var more=()=>{let e={};return e.resource="r",e};0&&(module.exports={more});
exports.more=more;
"#;
    let files = [("dist/client.js", compiled), ("dist/helpers.js", small)];
    let shown = met(&files, ".post");
    insta::assert_snapshot!(shown);
}

#[test]
fn claims_are_followed() {
    let shown = ends(
        "a.ts",
        r#"
import * as jose from "jose";
import jwt from "jsonwebtoken";

async function none(token) {
    const { payload } = await jose.jwtVerify(token, KEYS);
    return payload;
}
async function compared(token) {
    const { payload } = await jose.jwtVerify(token, KEYS);
    if (payload.aud !== AUD) throw new Error();
    return payload;
}
function absent(token) {
    const claims = jwt.verify(token, KEY) as Claims;
    if (claims.aud && claims.aud !== AUD) throw new Error();
    return claims;
}
function listOrText(token) {
    const claims = jwt.verify(token, KEY);
    const audiences = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
    if (!audiences.includes(AUD)) return null;
    return claims;
}
function chosen(token) {
    const { aud, ...claims } = jwt.verify(token, KEY);
    if (!(typeof aud === "string" ? aud === AUD : aud.some(one => one === AUD))) return null;
    return claims;
}
function switched(token) {
    const claims = jwt.verify(token, KEY);
    if (strict && claims.aud !== AUD) throw new Error();
    return claims;
}
function helped(token) {
    const claims = jwt.verify(token, KEY);
    if (!fits(claims)) return null;
    return claims;
}
const fits = ({ aud }) => aud === AUD || [].concat(aud).includes(AUD);
function swallowed(token) {
    let claims;
    try {
        claims = jwt.verify(token, KEY);
        if (AUD !== claims.aud) throw new Error();
    } catch (error) {
        console.log(error);
    }
    return claims;
}
function warned(token) {
    const claims = jwt.verify(token, KEY);
    if (AUD !== claims.aud) console.warn("other audience");
    return claims;
}
function later(token) {
    return jose.jwtVerify(token, KEYS).then(({ payload }) => {
        if (payload.aud !== AUD) throw new Error();
        return payload;
    });
}
function laterNone(token) {
    return jose.jwtVerify(token, KEYS).then(r => r.payload);
}
function handed(token) {
    let known;
    jwt.verify(token, KEY, {}, (error, claims) => {
        if (claims.aud !== AUD) return;
        known = claims;
    });
    return known;
}
function asserted(token) {
    const claims = jwt.verify(token, KEY);
    assert.strictEqual(claims.aud, AUD);
    return claims;
}
function named(token) {
    const claims = jwt.verify(token, KEY);
    const fits = Array.isArray(claims.aud) ? claims.aud.includes(AUD) : claims.aud === AUD;
    if (!fits) {
        log("other audience");
        return null;
    }
    return claims;
}
function prefix(token) {
    const claims = jwt.verify(token, KEY);
    if (!claims.aud.startsWith(AUD)) return null;
    return claims;
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn what_a_class_has_from_others_is_known() {
    let base = r#"
export class Base {
    more = { client_id: "x" };
    constructor(protected resource: string) {}
    parameters() { return { grant_type: "x", resource: this.resource, ...this.more }; }
}
"#;
    let client = r#"
import { Base } from "./base.js";
class Middle extends Base {}
export class Client extends Middle {
    constructor(url: string) { super(url); this.url = url; }
    parameters() { return { ...super.parameters(), client_secret: "s" }; }
    async token() { await fetch("token", { body: this.parameters() }); }
    async own() { await fetch("own", { body: { r: this.resource, ...this.more } }); }
}
export const made = async () => { await fetch("made", { body: new Middle("u").parameters() }); };
"#;
    let shown = met(&[("base.ts", base), ("client.ts", client)], "fetch");
    insta::assert_snapshot!(shown);
}

#[test]
fn names_that_are_each_others_come_to_an_end() {
    let one = "export * from './other';\nimport { b } from './other';\nexport var a = b || a || {};\nfetch(a, { body: { grant_type: c, ...a } });";
    let other = "export * from './one';\nimport { a } from './one';\nexport const b = a;\nexport { b as c };\nmodule.exports = require('./one');";
    insta::assert_snapshot!(met(&[("one.js", one), ("other.js", other)], "fetch"), @"file: fetch(b|a|gone|gone|{}, {body={grant_type ..}})");
}
