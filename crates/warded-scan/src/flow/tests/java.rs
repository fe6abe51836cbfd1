use super::{ends, met, told::told};

const CLIENT: &str = r#"
package app;

import java.util.*;
import org.springframework.web.client.RestTemplate;
import org.springframework.util.*;
import static app.Helpers.prepare;

class Client {
    private static final String URL = "https://as/token";
    private final RestTemplate rest;
    private String resource;
    private final Map<String, String> extra = Map.of("resource", "r");

    Client(RestTemplate rest, String resource) {
        this.rest = rest;
        this.resource = resource;
    }

    Client(String resource) { this(new RestTemplate(), resource); }

    void plain(String code) {
        rest.postForObject(URL, Map.of("grant_type", "authorization_code", "code", code), Token.class);
    }

    void written(String code) {
        MultiValueMap<String, String> data = new LinkedMultiValueMap<>();
        data.add("grant_type", "authorization_code");
        data.set("resource", resource);
        rest.postForObject(URL, data, Token.class);
    }

    void conditional(String code) {
        Map<String, String> data = new HashMap<>(Map.of("grant_type", "authorization_code"));
        if (resource != null) {
            data.put("resource", resource);
        } else {
            log(data);
        }
        rest.postForObject(URL, data, Token.class);
    }

    void both(String code) {
        var data = new HashMap<String, String>() {{ put("grant_type", "x"); }};
        switch (code) {
            case "a":
                data.put("resource", resource);
                break;
            default:
                data.putAll(extra);
        }
        rest.postForObject(URL, data, Token.class);
    }

    void returnsEarly(String code) {
        var data = new HashMap<String, String>();
        if (resource == null) throw new IllegalStateException();
        data.put("resource", resource);
        rest.postForObject(URL, data, Token.class);
    }

    void helped(String code) {
        var data = new HashMap<String, String>();
        Helpers.addResource(data, resource);
        more(data);
        rest.postForObject(URL, data, Token.class);
    }

    private void more(Map<String, String> data) { data.put("client_id", "x"); }
    private void more(Map<String, String> data, String other) { data.put("other", other); }

    void prepared() {
        rest.postForObject(URL, prepare("r"), Token.class);
        rest.postForObject(URL, prepare("r", "b"), Token.class);
    }

    void spread() {
        var data = new HashMap<>(extra);
        data.put("a", "1");
        rest.postForObject(URL, data, Token.class);
    }

    static void given(RestTemplate rest, Map<String, String> data) {
        rest.postForObject(URL, data, Token.class);
    }

    void looped(List<String[]> items) {
        Map<String, String> data = new HashMap<>();
        for (String[] pair : items) data.put(pair[0], pair[1]);
        rest.postForObject(URL, data, Token.class);
    }

    record Body(Map<String, String> fields) {}

    void recorded() {
        var body = new Body(new HashMap<>());
        body.fields().put("resource", resource);
        rest.postForObject(URL, body.fields(), Token.class);
    }

    void callsGiven() {
        given(rest, Map.of("grant_type", "x"));
    }
}
"#;

#[test]
fn parameters_are_followed() {
    let helpers = r#"
package app;

import java.util.*;

final class Helpers {
    static void addResource(Map<String, String> body, String resource) {
        body.put("resource", resource);
    }

    static Map<String, String> prepare(String resource) {
        Map<String, String> body = new HashMap<>();
        body.put("grant_type", "refresh_token");
        body.putIfAbsent("resource", resource);
        return body;
    }

    static Map<String, String> prepare(String resource, String other) {
        var body = prepare(resource);
        body.remove("resource");
        body.put("other", other);
        return body;
    }
}
"#;
    let shown = met(&[("app/Client.java", CLIENT), ("app/Helpers.java", helpers)], ".postForObject");
    insta::assert_snapshot!(shown);
}

#[test]
fn builders_are_followed() {
    let shown = told(
        "A.java",
        r#"
import okhttp3.*;
import com.auth0.jwt.*;
import com.nimbusds.jwt.proc.*;
import com.nimbusds.oauth2.sdk.TokenRequest;
import io.jsonwebtoken.Jwts;
import org.springframework.security.oauth2.jwt.*;

class A {
    void chain(String code) {
        RequestBody body = new FormBody.Builder().add("grant_type", "authorization_code").add("resource", code).build();
    }

    void steps(String code, boolean asked) {
        FormBody.Builder builder = new FormBody.Builder().add("grant_type", "refresh_token");
        if (asked) builder.add("resource", code);
        builder.build();
    }

    void nimbus(java.net.URI uri) {
        new TokenRequest.Builder(uri, auth, grant).scope(scope).resource(uri).build();
        new TokenRequest.Builder(uri, auth, grant).scope(scope).build();
    }

    void verifies(String token, boolean asked) {
        JWT.require(algorithm).withIssuer("i").withAudience(AUD).build().verify(token);
        JWT.require(algorithm).withIssuer("i").build().verify(token);
        var builder = Jwts.parser().verifyWith(key);
        builder.requireAudience("https://x");
        builder.build().parseSignedClaims(token);
        Jwts.parserBuilder().setSigningKey(key).require("aud", "https://x").build().parseClaimsJws(token);
        Jwts.parser().verifyWith(key).build().parseSignedClaims(token);
    }

    void processes(String token) throws Exception {
        ConfigurableJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.process(token, null);
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>("https://x", null, required));
        processor.process(token, null);
    }

    Jwt decodes(String token) {
        NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(uri).build();
        decoder.decode(token);
        decoder.setJwtValidator(new AudienceValidator());
        return decoder.decode(token);
    }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn claims_are_followed() {
    let shown = ends(
        "A.java",
        r#"
import com.auth0.jwt.JWT;
import com.auth0.jwt.interfaces.*;
import io.jsonwebtoken.*;

class A {
    private static final String AUD = "https://x";

    DecodedJWT none(String token) {
        return JWT.require(algorithm).build().verify(token);
    }

    DecodedJWT compared(String token) {
        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);
        if (!jwt.getAudience().contains(AUD)) throw new SecurityException();
        return jwt;
    }

    Object equal(String token) {
        Claims claims = Jwts.parser().verifyWith(key).build().parseSignedClaims(token).getPayload();
        if (!AUD.equals(claims.get("aud"))) {
            throw new SecurityException();
        }
        return claims;
    }

    Object absent(String token) {
        var claims = Jwts.parser().verifyWith(key).build().parseClaimsJws(token).getBody();
        String aud = claims.getAudience();
        if (aud != null && !aud.equals(AUD)) return null;
        return claims;
    }

    Object helped(String token) {
        var claims = Jwts.parser().build().parseSignedClaims(token).getPayload();
        if (!fits(claims)) return null;
        return claims;
    }

    private boolean fits(Claims claims) {
        for (String one : claims.getAudience()) {
            if (Objects.equals(one, AUD)) return true;
        }
        return false;
    }

    DecodedJWT warned(String token) {
        DecodedJWT jwt = JWT.require(algorithm).build().verify(token);
        if (!jwt.getAudience().contains(AUD)) log.warn("other audience");
        return jwt;
    }

    DecodedJWT swallowed(String token) {
        DecodedJWT jwt = null;
        try {
            jwt = JWT.require(algorithm).build().verify(token);
            if (!jwt.getAudience().contains(AUD)) throw new SecurityException();
        } catch (SecurityException e) {
            log.warn("no");
        }
        return jwt;
    }
}
"#,
    );
    insta::assert_snapshot!(shown);
}

#[test]
fn types_are_found_by_their_packages() {
    let with = |package: &str, key: &str| {
        format!(
            "package {package};\nimport java.util.Map;\npublic class Bodies {{\n\
             public static Map<String, String> make() {{ return Map.of(\"{key}\", \"x\"); }}\n\
             public static class Inner {{ static Map<String, String> make() {{ return Map.of(\"inner\", \"x\"); }} }}\n}}\n"
        )
    };
    let (one, other) = (with("one", "one"), with("other.deep", "other"));
    let asks = |imports: &str, body: &str| {
        format!(
            "package app;\n{imports}\nimport org.springframework.web.client.RestTemplate;\n\
             class A {{ void ask(RestTemplate rest) {{ rest.postForObject(\"u\", {body}, null); }} }}\n"
        )
    };
    let mut shown = String::new();
    for (imports, body) in [
        ("import one.Bodies;", "Bodies.make()"),
        ("import other.deep.*;", "Bodies.make()"),
        ("import static other.deep.Bodies.make;", "make()"),
        ("import static one.Bodies.*;", "make()"),
        ("import one.Bodies.Inner;", "Inner.make()"),
        ("", "Bodies.make()"),
        ("import library.Bodies;", "Bodies.make()"),
    ] {
        let app = asks(imports, body);
        let files = [("app/A.java", &*app), ("other/deep/Bodies.java", &*other), ("one/Bodies.java", &*one)];
        shown += &[imports, " ", &met(&files, ".postForObject")].concat();
    }
    insta::assert_snapshot!(shown);
}
