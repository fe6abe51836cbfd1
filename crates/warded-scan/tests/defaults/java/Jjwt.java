import io.jsonwebtoken.JwtParser;
import io.jsonwebtoken.JwtParserBuilder;
import io.jsonwebtoken.Jwts;
import java.util.Set;

/** jjwt. */
final class Jjwt {
    static void calls(Measure measure) throws Exception {
        call(measure, "Jwts.parser().verifyWith(key)", parser(measure));
        call(measure, "Jwts.parser().verifyWith(key).requireAudience(HERE)", parser(measure).requireAudience(measure.here));
        call(measure, "Jwts.parser().verifyWith(key).require(\"aud\", HERE)", parser(measure).require("aud", measure.here));
        call(measure, "Jwts.parser().verifyWith(key).require(\"aud\", Set.of(HERE))",
            parser(measure).require("aud", Set.of(measure.here)));
    }

    private static JwtParserBuilder parser(Measure measure) {
        return Jwts.parser().verifyWith(measure.key);
    }

    private static void call(Measure measure, String call, JwtParserBuilder builder) throws Exception {
        JwtParser parser = builder.build();
        measure.call("io.jsonwebtoken", "jjwt-api", Jwts.class, call, parser::parseSignedClaims);
    }
}
