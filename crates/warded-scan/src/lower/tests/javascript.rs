use super::form;
use crate::{
    ir::{Statement, Step},
    language::Language,
    lower::lower,
    parse::parse,
};

fn javascript(source: &str) -> String {
    form(Language::JavaScript, source)
}

fn typescript(source: &str) -> String {
    form(Language::TypeScript, source)
}

#[test]
fn imports_and_exports_of_modules() {
    let shown = typescript(
        r#"
import jwt, { verify as check, type Options } from "jsonwebtoken";
import * as jose from 'jose';
import type { Config } from "./config.js";
import fs = require("fs");
import Inner = Outer.Inner;
import "reflect-metadata";
import whole, { default as again } from "./whole";
export * from "./tokens";
export * as helpers from "./helpers";
export { fetchToken as getToken, type Token } from "./fetch";
export { own as theirs, same };
export { default } from "./whole";
export { _null as null, kept as other };
export const url = "https://x", { a, b: [c] } = d;
export default async function serve(port: number) { return port; }
export async function later() { return serve(1); }
"#,
    );
    insta::assert_snapshot!(shown);
    let shown = typescript(
        r#"
export default createServer({ url });
@Injectable()
export abstract class Provider extends Base<string> implements OAuthClientProvider, auth.Store<T> {}
async function lazy() {
    const { verify } = await import("./verify.js");
    return (await import("jose")).jwtVerify(verify);
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn imports_and_exports_without_modules() {
    let shown = javascript(
        r#"
"use strict";
const jwt = require("jsonwebtoken");
const { verify, sign: make } = require('jsonwebtoken'), fetch = require("./fetch").default;
const app = require("express")();
const { a = 1 } = require("./a");
function inside() { const jose = require("jose"); return jose; }
exports.url = "https://x";
exports.verify = exports.check = verify;
module.exports.get = () => exports.url;
const x = module.exports.x = f();
module.exports = { make, own: () => 1, method() { return make; }, ...require("./more"), [k]: 2 };
exports = module.exports = Client;
if (late) exports.late = 1;
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn what_compilers_put_out() {
    let shown = javascript(
        r#"
"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) { return mod; };
Object.defineProperty(exports, "__esModule", { value: true });
exports.Client = exports.url = void 0;
exports.redeem = redeem;
const jose_1 = require("jose");
const axios_1 = __importDefault(require("axios"));
const tokens = __importStar(require("./tokens"));
Object.defineProperty(exports, "store", { enumerable: true, get: function () { return tokens.store; } });
__exportStar(require("./more"), exports);
class Client {
    redeem(code_1) {
        return __awaiter(this, arguments, void 0, function* (code, extra = {}) {
            const { payload } = yield (0, jose_1.jwtVerify)(code, this.keys, Object.assign(Object.assign({}, extra), { audience: exports.url }));
            return axios_1.default.post(`${this.url}/token`, payload);
        });
    }
}
exports.Client = Client;
exports.url = "https://x";
function redeem() { return __awaiter(this, void 0, void 0, function* () { const a = yield b; return a; }); }
const arrow = () => __awaiter(void 0, void 0, void 0, function* () { yield c(); });
"#,
    );
    insta::assert_snapshot!(shown);
    let shown = javascript(
        r#"
var src_exports = {};
__export(src_exports, { verify: () => verify, other: () => import_x.other });
module.exports = __toCommonJS(src_exports);
var import_jose = __toESM(require("jose"), 1);
var verify = async(t)=>{let{payload:p}=await(0,import_jose.jwtVerify)(t,k,{audience:a});return p.sub&&!0||void 0,p};
e?t():n,r&&(i=o),s||u();
a:{if(b)break a;c()}typeof d>"u"||typeof f<"u"&&e();
const g=require(`./g`);Object.assign(exports,{h:g.h,i(){}});
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn classes_and_what_they_hold() {
    let shown = typescript(
        r#"
export class Client<T> extends Base {
    static readonly VERSION = "1";
    #secret?: string = "s";
    private readonly tokens: Map<string, Token> = new Map();
    declare other: Promise<OAuthTokens | undefined>;
    handle = async (request: Request) => this.redeem(request);
    static { register(Client); }
    constructor(private readonly url: string, public store: Store | null = null, plain?: number) {
        super(url);
        this.#secret = process.env.SECRET!;
    }
    get audience(): string { return this.url; }
    set audience(value) { this.url = value; }
    @Post("token") async redeem(@Body() { code, ...rest }: Params, @Headers("authorization") authorization?: string): Promise<Token> { return code; }
    private static of(...urls: string[]): Client { return new Client(urls[0]); }
    abstract later(): void;
    *[Symbol.iterator]() { yield* this.tokens; }
}
const Anonymous = class extends Client { run() { super.run(); } };
enum Grant { Code = "authorization_code", Refresh }
namespace Auth { export const url = "u"; export function get() { return url; } }
interface Skipped { a: string }
type Also = { b: string };
declare module "x" { export const y: number; }
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn assignments_of_all_forms() {
    let shown = javascript(
        r#"
let a, b = 1;
a = b = c;
[a, , b = 2, ...rest] = list;
({ a, b: { c = 1 }, "d-e": d, [k]: e, ...others } = object);
body["resource"] = this.url, body.scope += " x";
body.resource ||= url; body.audience &&= url; body.state ??= url;
n++; --n;
function f({ code, verifier: v = "", ...more } = {}, [first] = [], x = 1, ...rest) {}
const g = a => ({ a });
delete body.resource; delete body["x"];
while ((m = next())) use(m);
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn ways_and_loops() {
    let shown = javascript(
        r#"
if (a && !b) c(); else if (d == null) e(); else { f(); }
outer: for (let i = 0, n = 2; i < n; i++) { if (i) continue outer; else break; }
for (;;) { break }
for (const [key, value] of Object.entries(x)) body[key] = value;
for await (const x of y) z(x);
for (name in things) seen(name);
do { again(); } while (more);
switch (kind) {
    case "a": case "b": one(); break;
    case "c": two();
    case "d": three();
    default: four(); return;
    case "e": if (x) break; five();
}
switch (f(x)) { case 1: a(); case 2: b(); }
try { risky(); } catch ({ message }) { log(message); } finally { done(); }
try { risky(); } catch { }
try { risky(); } catch (error) { throw new Error("x", { cause: error }); }
assert(payload.aud === AUD, "no");
assert.strictEqual(payload.aud, AUD);
console.assert(x);
function early() { helper(); const x = 1; return x; function helper() {} }
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn calls_and_values() {
    let shown = typescript(
        r#"
fetch(`${url}/token`, { method: "POST", body: new URLSearchParams({ grant_type, "code": code, ...extra, ...(r ? { resource: r } : {}), [key]: 1 }) })
    .then(r => r.json()).catch(() => null);
(await (x as Foo)?.tokens!.get("a"))?.[0]?.(...args, b);
Object.assign(body, { a: 1 }, more); Object.assign({}, a, { b });
const o = { get url() { return this.x; }, async run() {}, old: function () { return this; }, 1: a, undefined };
new Map([["a", 1], [b, c]]); new Map(entries); new Set(["a"]); new Set(list); new Headers({ a }); new URL("/x", base);
f.bind(this); f.call(this, a); Object.prototype.hasOwnProperty.call(a, "aud"); a.hasOwnProperty("aud");
tag`a${b}c`; `plain\n`; "it\'s\x41\u0042\u{43}\
on"; 'a' + b + 'c' + (d + e); a + b;
/^Bearer\s+(.*)$/i.test(x);
typeof x === "string"; "undefined" != typeof x; typeof x; x instanceof URL; "aud" in payload; #p in x;
void 0; !0; !1; -1; +x; a ?? b || c; a < b;
(a, b(), c.d)(); (0, c.d)();
const h = { satisfies: a } satisfies B, i = <T>j, k = l!;
Promise.all([a(), b()]); Object.freeze(x); import.meta.env.X;
async () => { for (const x of await y) yield_(x); };
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn elements() {
    let shown = form(
        Language::Tsx,
        r#"
const page = <><Form action={f(x)} {...rest} on={() => go()}>text {y ? <A b="c" /> : null} &amp;</Form></>;
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn what_stands_around_an_error_is_read() {
    let shown = javascript(
        r#"
const before = f("a");
function whole() { return g(before); }
const broken = { a: , b: h(1) };
class { oops( }
after(before);
"#,
    );
    insta::assert_snapshot!(shown);
    let source = "const a = f(1);\nconst = = g(2) (;\nb(3);";
    let tree = parse(source, Language::TypeScript, &mut || true).unwrap();
    let module = lower(source, &tree, Language::TypeScript);
    assert!(!module.gaps.is_empty());
    assert!(module.gaps.iter().all(|gap| gap.end <= source.len()));
}

#[test]
fn nothing_is_too_deep() {
    let deep = |open: &str, middle: &str, close: &str| {
        [open.repeat(100_000), middle.to_owned(), close.repeat(100_000)].concat()
    };
    let sources = [
        deep("[", "1", "]"),
        deep("(", "1", ")"),
        deep("{", ";", "}"),
        deep("f(", "", ")"),
        deep("(a) => ", "1", ""),
        deep("if (a) {} else ", "{}", ""),
        format!("let {} = x", deep("[", "a", "]")),
        deep("({ a: ", "1", "})"),
        deep("<a>", "", "</a>"),
        format!("x = {}", deep("1 + ", "1", "")),
        format!("x = {}", deep("\"a\" + ", "1", "")),
        format!("x{}", ".y()".repeat(100_000)),
        "switch (a) {".to_owned() + &"case 1: f();".repeat(20_000),
        format!("let a: {}", deep("A<", "B", ">")),
    ];
    let read = move || {
        for source in sources {
            for language in [Language::JavaScript, Language::Tsx] {
                let tree = parse(&source, language, &mut || true).unwrap();
                let module = lower(&source, &tree, language);
                assert!(module.gaps.iter().all(|gap| gap.end <= source.len()));
            }
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(read).unwrap().join().unwrap();
}

/// Numbers that are always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).unwrap()).unwrap()
    }
}

#[test]
fn nothing_panics_and_every_span_lies_in_the_text() {
    let whole = include_str!("javascript.rs");
    let pieces: Vec<&str> = whole.split_inclusive([' ', '\n', ';', '(', ')', '{', '}', ',']).collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..400 {
        let from = dice.roll(pieces.len() - 120);
        let mut parts: Vec<&str> = pieces.iter().skip(from).take(120).copied().collect();
        for _ in 0..dice.roll(12) {
            let at = dice.roll(parts.len());
            match dice.roll(3) {
                0 => drop(parts.remove(at)),
                1 => parts.insert(at, pieces[dice.roll(pieces.len())]),
                _ => parts
                    .insert(at, ["{", "}", "(", "`${", "\u{0}", "é\u{2028}", "/", "class "][dice.roll(8)]),
            }
        }
        let source = parts.concat();
        let language = [Language::JavaScript, Language::TypeScript, Language::Tsx][round % 3];
        let tree = parse(&source, language, &mut || true).unwrap();
        let module = lower(&source, &tree, language);
        for function in &module.functions {
            assert!(function.span.end <= source.len());
            within(&function.body, &source);
        }
        assert!(module.gaps.iter().all(|gap| source.get(gap.clone()).is_some()), "{source}");
        assert_eq!(tree.root_node().has_error(), !module.gaps.is_empty(), "{source}");
    }
}

fn within(body: &[Statement], source: &str) {
    for statement in body {
        assert!(source.get(statement.span.clone()).is_some(), "{:?}", statement.span);
        match &statement.step {
            Step::Do(value) | Step::Assign { value, .. } | Step::Return(Some(value)) => {
                assert!(source.get(value.span.clone()).is_some(), "{value:?}");
            }
            Step::If { condition, then, otherwise } => {
                assert!(source.get(condition.span.clone()).is_some(), "{condition:?}");
                within(then, source);
                within(otherwise, source);
            }
            Step::Loop { body, .. } | Step::Block(body) => within(body, source),
            _ => {}
        }
    }
}

#[test]
fn what_compilers_wind_up_is_unwound() {
    let shown = javascript(
        r"
function redeem(code) {
    return __awaiter(this, void 0, void 0, function () {
        var token, error_1;
        return __generator(this, function (_a) {
            switch (_a.label) {
                case 0:
                    if (!code) return [2 /*return*/];
                    if (!cached) return [3 /*break*/, 2];
                    return [4 /*yield*/, load(code)];
                case 1:
                    token = _a.sent();
                    return [3 /*break*/, 4];
                case 2: return [4 /*yield*/, ask(code)];
                case 3:
                    token = _a.sent();
                    _a.label = 4;
                case 4:
                    _a.trys.push([4, 6, 7, 8]);
                    return [4 /*yield*/, keep(token)];
                case 5:
                    _a.sent();
                    return [3 /*break*/, 8];
                case 6:
                    error_1 = _a.sent();
                    log(error_1);
                    return [3 /*break*/, 8];
                case 7:
                    close();
                    return [7 /*endfinally*/];
                case 8: return [2 /*return*/, token.map(function (one) { return [2, one]; })];
            }
        });
    });
}
function again(_a) {
    return __generator(this, function (_b) {
        switch (_b.label) {
            case 0: if (!(i < n)) return [3, 2];
                return [4, ask(i)];
            case 1: i++;
                return [3, 0];
            case 2: return [2];
        }
    });
}
",
    );
    insta::assert_snapshot!(shown);
}
