import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpHeaders;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.oauth2.jwt.*;
import org.springframework.security.oauth2.core.*;
import org.springframework.security.oauth2.server.resource.web.*;
import org.springframework.security.oauth2.server.resource.introspection.*;
import org.springframework.web.bind.annotation.*;
import org.springframework.web.client.*;
import org.springframework.http.*;
import org.springframework.util.*;
import org.springframework.web.reactive.function.client.*;
import org.springframework.web.reactive.function.BodyInserters;

@Configuration
class Spring1 {
    @Bean
    JwtDecoder dec() {
        return NimbusJwtDecoder.withJwkSetUri(uri).build(); // WRD201
    }
    @Bean
    JwtDecoder dec2() {
        NimbusJwtDecoder d = JwtDecoders.fromIssuerLocation(iss); // WRD201
        return d;
    }
    @Bean
    JwtDecoder decg() {
        NimbusJwtDecoder d = NimbusJwtDecoder.withJwkSetUri(uri).build();
        d.setJwtValidator(new DelegatingOAuth2TokenValidator<>(JwtValidators.createDefaultWithIssuer(iss), new JwtClaimValidator<List<String>>("aud", a -> a.contains("x"))));
        return d;
    }
    @Bean
    JwtDecoder dec3() {
        NimbusJwtDecoder d = NimbusJwtDecoder.withJwkSetUri(uri).build(); // WRD201
        d.setJwtValidator(JwtValidators.createDefaultWithIssuer(iss));
        return d;
    }
    @Bean
    ReactiveJwtDecoder dec4() {
        return NimbusReactiveJwtDecoder.withJwkSetUri(uri).jwsAlgorithm(RS256).build(); // WRD201
    }
    @Bean
    OpaqueTokenIntrospector intro() {
        return new SpringOpaqueTokenIntrospector(uri, id, secret); // WRD206
    }
    RestTemplate rt;
    String p1(@RequestHeader("Authorization") String auth) {
        HttpHeaders h = new HttpHeaders();
        h.set("Authorization", auth); // WRD207
        return rt.exchange("https://other.com/x", HttpMethod.GET, new HttpEntity<>(h), String.class).getBody();
    }
    String p2(HttpServletRequest req) {
        HttpHeaders h = new HttpHeaders();
        String t = req.getHeader(HttpHeaders.AUTHORIZATION).substring(7);
        h.setBearerAuth(t); // WRD207
        return rt.exchange("https://other.com/x", HttpMethod.GET, new HttpEntity<>(h), String.class).getBody();
    }
    Mono<String> p3(@RequestHeader(HttpHeaders.AUTHORIZATION) String auth) {
        return WebClient.create().get().uri("https://other.com").header("Authorization", auth).retrieve().bodyToMono(String.class); // WRD207
    }
    Mono<String> p4(@AuthenticationPrincipal Jwt jwt) {
        return webClient.get().uri("https://other.com").headers(h -> h.setBearerAuth(jwt.getTokenValue())).retrieve().bodyToMono(String.class); // WRD207
    }
    String p5(JwtAuthenticationToken token) {
        return RestClient.create().get().uri("https://o.com").header("Authorization", "Bearer " + token.getToken().getTokenValue()).retrieve().body(String.class); // WRD207
    }
    String p6(@RequestParam("access_token") String t) { // WRD208
        return verify(t);
    }
    void t1(String code) {
        MultiValueMap<String, String> f = new LinkedMultiValueMap<>();
        f.add("grant_type", "authorization_code");
        f.add("code", code);
        rt.postForEntity(tokenUrl, new HttpEntity<>(f, headers), Map.class); // WRD101
    }
    void t2(String code) {
        WebClient.create().post().uri(tokenUrl).body(BodyInserters.fromFormData("grant_type", "refresh_token").with("refresh_token", code)).retrieve(); // WRD103
    }
    void t3(String code) {
        MultiValueMap<String, String> f = new LinkedMultiValueMap<>();
        f.add("grant_type", "client_credentials");
        RestClient.create().post().uri(tokenUrl).contentType(X).body(f).retrieve().body(Map.class); // WRD101
    }
    HttpHeaders own(HttpServletRequest req) {
        HttpHeaders h = new HttpHeaders();
        h.setBearerAuth(ownToken);
        h.set("X-Request-Id", req.getHeader("X-Request-Id"));
        return h;
    }
    Mono<String> exchanged() {
        return webClient.get().uri("https://other.com").headers(h -> h.setBearerAuth(exchange())).retrieve().bodyToMono(String.class);
    }
    void bound(String code) {
        WebClient.create().post().uri(tokenUrl).body(BodyInserters.fromFormData("grant_type", "refresh_token").with("refresh_token", code).with("resource", server)).retrieve();
    }
}
