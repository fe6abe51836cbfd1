//! Java: what verifies by its signature alone, and what is made with the claims that a token must have.

use super::found;

fn within(imports: &str, body: &str) -> Vec<String> {
    let text = format!(
        "{imports}import java.util.*;\nclass Guard {{ private final String audience; Guard(String audience) {{ this.audience = audience; }}\n{body}\n}}\n"
    );
    found("Guard.java", &text)
}

fn nimbus(body: &str) -> Vec<String> {
    within("import com.nimbusds.jwt.*;import com.nimbusds.jwt.proc.*;", body)
}

#[test]
fn claims_that_a_token_must_have_may_be_its_audience() {
    let with = |verifier: &str| {
        nimbus(&format!(
            "JWTClaimsSet who(String token) {{ DefaultJWTProcessor<C> all = new DefaultJWTProcessor<>(); all.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>({verifier})); return all.process(token, null); }}"
        ))
    };
    let must = "new JWTClaimsSet.Builder().issuer(ISSUER).build()";
    assert_eq!(with(&format!("{must}, Set.of(\"exp\")")), ["WRD201 3"]);
    assert_eq!(with(&format!("null, {must}, Set.of(\"exp\")")), ["WRD201 3"]);
    assert_eq!(with(&format!("US, {must}, Set.of(\"exp\")")), [""; 0]);
    let must = "new JWTClaimsSet.Builder().issuer(ISSUER).audience(US).build()";
    assert_eq!(with(&format!("{must}, Set.of(\"exp\")")), [""; 0]);
    let plain =
        "JWTClaimsSet who(String token) { return new DefaultJWTProcessor<C>().process(token, null); }";
    assert_eq!(nimbus(plain), ["WRD201 3"]);
}

#[test]
fn a_signature_says_nothing_of_the_audience() {
    let then = |rest: &str| {
        nimbus(&format!(
            "JWTClaimsSet who(String token) throws Exception {{\nSignedJWT jwt = SignedJWT.parse(token);\nif (!jwt.verify(verifier)) throw new SecurityException();\nJWTClaimsSet claims = jwt.getJWTClaimsSet();\n{rest}\nreturn claims;\n}}"
        ))
    };
    assert_eq!(then(""), ["WRD201 5"]);
    assert_eq!(then("if (!claims.getAudience().contains(US)) throw new SecurityException();"), [""; 0]);
    let listed = "List<String> all = new ArrayList<>();\nfor (String one : claims.getAudience()) all.add(one.trim());\nif (!all.contains(US)) throw new SecurityException();";
    assert_eq!(then(listed), [""; 0]);
    let configured =
        "if (audience != null && !claims.getAudience().contains(audience)) throw new SecurityException();";
    assert_eq!(then(configured), ["WRD201 5"]);
    // Whoever parsed it knows what it is for.
    assert_eq!(nimbus("boolean isSigned(SignedJWT jwt) { return jwt.verify(verifier); }"), [""; 0]);
}

#[test]
fn a_constant_is_the_claim_that_it_names() {
    let body = "Claims who(String token) {\nClaims claims = Jwts.parser().verifyWith(KEY).build().parseSignedClaims(token).getPayload();\nif (!US.equals(claims.get(AUDIENCE))) throw new SecurityException();\nreturn claims;\n}";
    let imports = "import static io.jsonwebtoken.Claims.AUDIENCE;import io.jsonwebtoken.*;";
    assert_eq!(within(imports, body), [""; 0]);
    assert_eq!(within(imports, &body.replace("(AUDIENCE)", "(\"sub\")")), ["WRD201 4"]);
}

#[test]
fn what_a_verifier_of_ones_own_asks_for_is_in_its_methods() {
    let process = |verifier: &str| {
        nimbus(&format!(
            "JWTClaimsSet who(String token) throws Exception {{\nConfigurableJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();\nprocessor.setJWTClaimsSetVerifier({verifier});\nreturn processor.process(token, null);\n}}"
        ))
    };
    let own = "new DefaultJWTClaimsVerifier<SecurityContext>() {\n@Override public void verify(JWTClaimsSet claims, SecurityContext context) throws BadJWTException {\nsuper.verify(claims, context);\nif (!claims.getAudience().contains(SERVER)) { throw new BadJWTException(\"other\"); }\n}\n}";
    assert_eq!(process(own), [""; 0]);
    assert_eq!(process("new DefaultJWTClaimsVerifier<SecurityContext>(null, REQUIRED)"), ["WRD201 6"]);
}
