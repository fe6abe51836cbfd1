import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.security.oauth2.server.resource.autoconfigure.OAuth2ResourceServerAutoConfiguration;
import org.springframework.core.env.MapPropertySource;
import org.springframework.mock.web.MockServletContext;
import org.springframework.security.oauth2.jwt.JwtAudienceValidator;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;

/** Spring Security's decoder, made by hand and as Spring Boot makes it. */
final class SpringDecoder {
    static void calls(Measure measure) throws Exception {
        NimbusJwtDecoder plain = decoder(measure);
        call(measure, "NimbusJwtDecoder.withPublicKey(key).build()", plain);
        NimbusJwtDecoder ofIssuer = decoder(measure);
        ofIssuer.setJwtValidator(JwtValidators.createDefaultWithIssuer(measure.issuer));
        call(measure, "setJwtValidator(JwtValidators.createDefaultWithIssuer(ISSUER))", ofIssuer);
        NimbusJwtDecoder ofAudience = decoder(measure);
        ofAudience.setJwtValidator(JwtValidators.createDefaultWithValidators(new JwtAudienceValidator(measure.here)));
        call(measure, "setJwtValidator(… new JwtAudienceValidator(HERE))", ofAudience);
        NimbusJwtDecoder byClaim = decoder(measure);
        byClaim.setJwtValidator(new JwtClaimValidator<List<String>>("aud", aud -> aud.contains(measure.here)));
        call(measure, "setJwtValidator(new JwtClaimValidator<List<String>>(\"aud\", aud -> aud.contains(HERE)))", byClaim);

        Path key = Files.createTempFile("key", ".pem");
        try {
            Files.writeString(key, measure.pem);
            Map<String, Object> properties = new HashMap<>();
            properties.put("spring.security.oauth2.resourceserver.jwt.public-key-location", key.toUri().toString());
            boot(measure, "spring.security.oauth2.resourceserver.jwt.*, without audiences", properties);
            properties.put("spring.security.oauth2.resourceserver.jwt.audiences", measure.here);
            boot(measure, "spring.security.oauth2.resourceserver.jwt.audiences=HERE", properties);
        } finally {
            Files.delete(key);
        }
    }

    static NimbusJwtDecoder decoder(Measure measure) {
        return NimbusJwtDecoder.withPublicKey(measure.key).build();
    }

    private static void call(Measure measure, String call, JwtDecoder decoder) throws Exception {
        measure.call("org.springframework.security", "spring-security-oauth2-jose", NimbusJwtDecoder.class, call,
            decoder::decode);
    }

    private static void boot(Measure measure, String call, Map<String, Object> properties) throws Exception {
        try (AnnotationConfigWebApplicationContext context = new AnnotationConfigWebApplicationContext()) {
            context.setServletContext(new MockServletContext());
            context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("measured", properties));
            context.register(OAuth2ResourceServerAutoConfiguration.class);
            context.refresh();
            JwtDecoder decoder = context.getBean(JwtDecoder.class);
            measure.call("org.springframework.boot", "spring-boot-security-oauth2-resource-server",
                OAuth2ResourceServerAutoConfiguration.class, call, decoder::decode);
        }
    }
}
