import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.JWTClaimsSetVerifier;
import java.util.Set;

/** Nimbus JOSE + JWT. */
final class Nimbus {
    static void calls(Measure measure) throws Exception {
        JWTClaimsSet exact = new JWTClaimsSet.Builder().issuer(measure.issuer).build();
        call(measure, "new DefaultJWTProcessor<>()", new DefaultJWTProcessor<SecurityContext>().getJWTClaimsSetVerifier());
        call(measure, "no claims verifier: setJWTClaimsSetVerifier(null)", null);
        call(measure, "new DefaultJWTClaimsVerifier<>(null, Set.of(\"exp\"))",
            new DefaultJWTClaimsVerifier<>(null, Set.of("exp")));
        call(measure, "new DefaultJWTClaimsVerifier<>((String) null, exact, Set.of(\"exp\"))",
            new DefaultJWTClaimsVerifier<>((String) null, exact, Set.of("exp")));
        call(measure, "new DefaultJWTClaimsVerifier<>(HERE, null, Set.of(\"exp\"))",
            new DefaultJWTClaimsVerifier<>(measure.here, null, Set.of("exp")));
        call(measure, "new DefaultJWTClaimsVerifier<>(exact with audience HERE, null)",
            new DefaultJWTClaimsVerifier<>(new JWTClaimsSet.Builder().audience(measure.here).build(), null));
    }

    private static void call(Measure measure, String call, JWTClaimsSetVerifier<SecurityContext> verifier)
            throws Exception {
        JWKSet keys = new JWKSet(new RSAKey.Builder(measure.key).keyID("one").build());
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, new ImmutableJWKSet<>(keys)));
        processor.setJWTClaimsSetVerifier(verifier);
        measure.call("com.nimbusds", "nimbus-jose-jwt", DefaultJWTProcessor.class, call,
            token -> processor.process(token, null));
    }
}
