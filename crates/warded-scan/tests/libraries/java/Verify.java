import io.jsonwebtoken.*;
import com.auth0.jwt.*;
import com.auth0.jwt.interfaces.*;
import org.jose4j.jwt.consumer.*;
import com.nimbusds.jwt.*;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jwt.proc.*;
import com.nimbusds.jose.proc.SecurityContext;

class Jwt1 {
    Claims a1(String t) {
        return Jwts.parser().setSigningKey(key).parseClaimsJws(t).getBody(); // WRD201
    }
    Claims a2(String t) {
        return Jwts.parserBuilder().setSigningKey(key).build().parseClaimsJws(t).getBody(); // WRD201
    }
    Claims a3(String t) {
        return Jwts.parser().verifyWith(key).build().parseSignedClaims(t).getPayload(); // WRD201
    }
    Claims a4(String t) {
        JwtParser parser = Jwts.parser().keyLocator(l).requireIssuer("x").build();
        Jws<Claims> jws = parser.parseSignedClaims(t); // WRD201
        return jws.getPayload();
    }
    Claims a4g(String t) {
        JwtParser parser = Jwts.parser().keyLocator(l).requireAudience("x").build();
        return parser.parseSignedClaims(t).getPayload();
    }
    Claims a5(String t) {
        Claims c = Jwts.parser().keyLocator(l).build().parseSignedClaims(t).getPayload();
        if (!c.getAudience().contains("https://me")) throw new SecurityException();
        return c;
    }
    private JWTVerifier verifier;
    Jwt1(Algorithm alg) {
        this.verifier = JWT.require(alg).withIssuer("x").build();
    }
    DecodedJWT b1(String t) {
        return verifier.verify(t); // WRD201
    }
    DecodedJWT b2(String t, String aud) {
        Verification v = JWT.require(alg).withIssuer("x");
        if (aud != null) v.withAudience(aud);
        return v.build().verify(t); // WRD201 note
    }
    DecodedJWT b3(String t) {
        return JWT.require(alg).withClaim("aud", "x").build().verify(t);
    }
    JwtClaims c1(String t) throws Exception {
        JwtConsumer c = new JwtConsumerBuilder().setRequireExpirationTime().setVerificationKey(k).build();
        return c.processToClaims(t); // WRD201
    }
    JwtClaims c2(String t) throws Exception {
        JwtConsumer c = new JwtConsumerBuilder().setSkipDefaultAudienceValidation().setVerificationKey(k).build();
        return c.processToClaims(t); // WRD202
    }
    JWTClaimsSet d1(String t) throws Exception {
        ConfigurableJWTProcessor<SecurityContext> p = new DefaultJWTProcessor<>();
        p.setJWSKeySelector(sel);
        p.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(new JWTClaimsSet.Builder().issuer("x").build(), Set.of("sub")));
        return p.process(t, null); // WRD201
    }
    JWTClaimsSet d2(String t) throws Exception {
        ConfigurableJWTProcessor<SecurityContext> p = new DefaultJWTProcessor<>();
        p.setJWSKeySelector(sel);
        return p.process(t, null); // WRD201
    }
    JWTClaimsSet d3(String t) throws Exception {
        SignedJWT jwt = SignedJWT.parse(t);
        if (!jwt.verify(new RSASSAVerifier(key))) throw new SecurityException(); // WRD201
        return jwt.getJWTClaimsSet();
    }
    JWTClaimsSet d4(String t) throws Exception {
        SignedJWT jwt = SignedJWT.parse(t);
        JWSVerifier v = new MACVerifier(secret);
        if (!jwt.verify(v)) throw new SecurityException();
        if (!jwt.getJWTClaimsSet().getAudience().contains("x")) throw new SecurityException();
        return jwt.getJWTClaimsSet();
    }
    JWTClaimsSet d5(String t) throws Exception {
        JWSObject o = JWSObject.parse(t);
        if (!o.verify(new RSASSAVerifier(key))) throw new SecurityException(); // WRD201
        return JWTClaimsSet.parse(o.getPayload().toJSONObject());
    }
}
