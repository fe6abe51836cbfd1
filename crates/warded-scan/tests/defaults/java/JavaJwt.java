import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.interfaces.Verification;

/** Auth0's java-jwt. */
final class JavaJwt {
    static void calls(Measure measure) throws Exception {
        call(measure, "JWT.require(alg).build().verify(token)", require(measure));
        call(measure, "JWT.require(alg).withAudience(HERE)", require(measure).withAudience(measure.here));
        call(measure, "JWT.require(alg).withAnyOfAudience(HERE)", require(measure).withAnyOfAudience(measure.here));
        call(measure, "JWT.require(alg).withClaimPresence(\"aud\")", require(measure).withClaimPresence("aud"));
        call(measure, "JWT.require(alg).withAudience(null)", require(measure).withAudience((String[]) null));
    }

    private static Verification require(Measure measure) {
        return JWT.require(Algorithm.RSA256(measure.key, null));
    }

    private static void call(Measure measure, String call, Verification verification) throws Exception {
        measure.call("com.auth0", "java-jwt", JWT.class, call, token -> verification.build().verify(token));
    }
}
