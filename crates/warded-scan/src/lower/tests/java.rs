use super::form;
use crate::language::Language;

fn java(source: &str) -> String {
    form(Language::Java, source)
}

#[test]
fn parameters_are_gathered_over_several_lines() {
    let shown = java(
        r#"
package a.b;

import com.auth0.jwt.JWT;
import static a.b.Helpers.prepare;
import java.util.*;

@Service("client")
public class Client extends Base implements Runnable, Map.Entry<K, V> {
    private static final String URL = "https://as/" + "token";
    private final OAuth2Session session;
    String resource, audience = null;

    Client(OAuth2Session session, @Value("${r}") String resource, Object... more) {
        super(session);
        this.session = session;
        this.resource = resource;
    }

    Client(OAuth2Session session) { this(session, null); }

    @Override
    public Optional<Map<String, String>> token(@RequestHeader(value = "Authorization", required = false) String code) throws IOException {
        Map<String, String> body = new HashMap<>();
        body.put("grant_type", "authorization_code");
        final var url = URL;
        if (resource != null && !code.isEmpty()) {
            body.put("resource", resource);
        } else if (code == null || !claims.getAudience().contains(AUD))
            body.putAll(Map.of("a", 1, "b", code));
        else {
            return session.fetchToken(String.format("%s/token?x=%s", url, code), body);
        }
        try (HttpClient client = HttpClient.newHttpClient(); lock) {
            audience = send(client);
        } catch (A | jwt.Error error) {
            throw new ResponseStatusException(HttpStatus.UNAUTHORIZED, "no");
        } finally {
            n += 1;
            count++;
        }
        return helper(x -> x.z[0], this::send, Client::new, () -> { resource = "y"; return null; });
    }

    static String helper(Object... them) { return prepare(URL) + toString(); }
    private String send(HttpClient client) { return inherited(client); }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn classes_of_all_kinds() {
    let shown = java(
        r#"
import java.util.function.Function;
record Token(String value, @Nullable Instant expires) implements Secret {
    static final int MAX = 3;
    Token { if (value == null) throw new IllegalArgumentException("no"); }
    boolean old() { return expires.isBefore(now()) || value.length() > MAX; }
}
record Pair<A, B>(A one, B two) { Pair(A one, B two) { this.one = one; this.two = two; } public A one() { return one; } }
enum Grant { CODE("authorization_code"), REFRESH("refresh_token") { String it() { return "x"; } }; final String name; Grant(String name) { this.name = name; } }
interface Source extends Other { String URL = "https://x"; Token get(String name); default Token any() { return get(URL); } }
@interface Marked { String value() default "a"; }
class Outer {
    private String url;
    static String base;
    class Inner extends Map.Entry<String, String> {
        String of() { return url + Outer.this.url; }
        static class Deep { }
    }
    { url = "block"; }
    static { base = "static"; }
    void run(String given) {
        Runnable runs = new Runnable() {
            private int runs = 0;
            @Override public void run() { runs++; url = given; base = url; }
        };
        class Local { int x; }
        Map<String, Object> map = new HashMap<>() {{ put("a", given); put("b", 1); }};
        Function<String, String> f = (String url) -> url;
        String url = this.url;
        url = "local";
    }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn branches_and_loops() {
    let shown = java(
        r#"
class A {
    Object run(Object of, String kind) {
        switch (kind) {
            case "a":
            case "b":
                one();
                break;
            case "c":
                two();
            case "d": {
                if (of == null) break;
                three();
                break;
            }
            default:
                return null;
        }
        String said = switch (of) {
            case null -> "nothing";
            case String s when s.isEmpty() -> s;
            case Point(int x, var y) -> { log(x); yield "" + y; }
            case Kind.A, Kind.B -> throw new Error();
            default -> "else";
        };
        int number = switch (next(kind)) { case 1: yield 5; case 2: one(); default: yield 6; };
        switch (kind) { case "x" -> one(); case "y" -> { two(); } }
        if (of instanceof String text && text.length() > 1 || !(of instanceof Point(int a, int b))) return said;
        if (of instanceof Number) number = -1;
        for (int i = 0, j = 1; i < 3; i++, j--) { if (i == j) continue; else break; }
        for (;;) { break; }
        for (final var one : list) one.go();
        do { next(kind); } while (of != null);
        while ((line = read()) != null) said += line;
        outer: for (String s : all) { break outer; }
        synchronized (this) { x.y[0] = a ? b : c; }
        assert of != null : "no";
        ;
        try { risky(); } finally { close(); }
        return (String) of;
    }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn calls_and_literals() {
    let shown = java(
        r#"
class A {
    void run() {
        var jwt = JWT.require(Algorithm.RSA256(key, null)).withAudience(AUD, "b").build().verify(token);
        Jwts.parser().verifyWith(key).requireAudience(AUD).build().parseSignedClaims(token).getPayload();
        f("a\tb\u0041\101\"", 'c', '\'', 0x1F, 1_000L, 1.5f, -2, true, false, null);
        f("""
            grant_type=x\
            &code=%s
              "quoted" \"""
            """.formatted(code));
        f(String.format("100%% %s of %d%n", a, b), "a" + 1 + b + 'c', 1 + 2, String.format(fmt, a));
        f(List.of(1, 2), Arrays.asList(a), new ArrayList<>(more), new ArrayList<String>(10), new int[] {1, 2}, new String[3], Set.of());
        f(Map.ofEntries(Map.entry("a", 1), entry("b", 2)), new TreeMap<>(other), Collections.singletonMap("k", v), Collections.emptyMap());
        f(new BasicNameValuePair("resource", r), new LinkedMultiValueMap<String, String>());
        f(a.equals(b), Objects.equals(a, b), "x".equalsIgnoreCase(y), list.contains(x), MessageDigest.isEqual(a, b));
        f(Optional.ofNullable(x).map(String::trim).filter(s -> !s.isEmpty()).orElseThrow(() -> new Bad("no")));
        f(String.class, java.util.Map.class, a.b.C.of(), this.<String>generic("x"), super.run(), new a.b.C<String>().new D(1));
        f(jwt.getAudience().stream().anyMatch(AUD::equals), all.toArray(String[]::new), int[]::clone);
        x = y = 3;
        f(x = 4, i++, --i, ~i, (a), (b + c));
    }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn what_stands_around_an_error_is_read() {
    let shown = java(
        r#"
package a.b;
import java.util.Map;
class A {
    void one() { data.put("resource", r); }
    void two() { foo( ; data.put("x", y); }
    String @ three;
    void four() { return send(data); }
}
class B { void five() { six(); }
"#,
    );
    insta::assert_snapshot!(shown);
}
