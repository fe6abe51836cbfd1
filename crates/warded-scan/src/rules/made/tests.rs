//! What is made in one place and used in another.

use crate::look::look;

/// What is found, as errors and as notes.
fn found(body: &str) -> Vec<String> {
    let java = format!(
        "import java.util.List;\nimport org.springframework.security.oauth2.jwt.*;\nimport org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;\nimport org.springframework.security.oauth2.client.*;\nimport org.springframework.security.oauth2.client.endpoint.*;\nimport org.springframework.security.oauth2.client.web.*;\n\nclass Config {{\n{body}\n}}\n"
    );
    let looked = look(vec![("Config.java".into(), java)]);
    let about = looked.findings.iter().filter(|finding| finding.rule.id.starts_with("WRD"));
    about.map(|finding| format!("{} {:?}", finding.rule.id, finding.severity)).collect()
}

#[test]
fn a_decoder_asks_for_what_its_validators_ask_for() {
    let decoder = |then: &str| {
        found(&format!(
            "JwtDecoder decoder(String issuer, String audience) {{\n    NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(KEYS).build();\n    {then}\n    return decoder;\n}}"
        ))
    };
    let set = |validators: &str| {
        decoder(&format!("decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>({validators}));"))
    };
    assert_eq!(decoder(""), ["WRD201 High"]);
    assert_eq!(
        decoder("decoder.setJwtValidator(JwtValidators.createDefaultWithIssuer(issuer));"),
        ["WRD201 High"]
    );
    assert_eq!(set("new JwtTimestampValidator(), new JwtIssuerValidator(issuer)"), ["WRD201 High"]);
    let own = "new JwtClaimValidator<List<String>>(JwtClaimNames.AUD, aud -> aud.contains(audience))";
    let none: [&str; 0] = [];
    assert_eq!(set(&format!("new JwtTimestampValidator(), {own}")), none);
    assert_eq!(set(&format!("List.of(new JwtTimestampValidator(), {own})")), none);
    assert_eq!(set("JwtValidators.createDefault(), jwt -> check(jwt.getAudience())"), none);
    assert_eq!(set("JwtValidators.createDefault(), jwt -> check(jwt.getSubject())"), ["WRD201 High"]);
    assert_eq!(set("JwtValidators.createDefault(), validators(audience)"), none);
    let listed = |put: &str| {
        decoder(&format!(
            "List<OAuth2TokenValidator<Jwt>> all = new java.util.ArrayList<>();\n    all.add(new JwtTimestampValidator());\n    {put}\n    decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(all));"
        ))
    };
    assert_eq!(listed(&format!("all.add({own});")), none);
    assert_eq!(listed(&format!("if (audience != null) all.add({own});")), ["WRD201 Note"]);
    assert_eq!(listed(""), ["WRD201 High"]);
    let sometimes = format!("if (audience != null) decoder.setJwtValidator({own});");
    assert_eq!(decoder(&sometimes), ["WRD201 Note"]);
}

#[test]
fn whoever_verifies_is_told_where_that_is_done() {
    let used = "private final NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSetUri(KEYS).build();\nJwt who(String token) {\n    return decoder.decode(token);\n}";
    assert_eq!(found(used), ["WRD201 High"]);
    let login = "JwtDecoder idTokenDecoder() {\n    return NimbusJwtDecoder.withJwkSetUri(KEYS).build();\n}";
    assert!(found(login).is_empty());
    assert!(found("JwtDecoder same(NimbusJwtDecoder decoder) {\n    return decoder;\n}").is_empty());
}

#[test]
fn clients_send_what_their_converters_add() {
    let client = |name: &str, then: &str| {
        found(&format!(
            "Object client(Object given) {{\n    {name} client = new {name}();\n    {then}\n    return client;\n}}"
        ))
    };
    let code = "RestClientAuthorizationCodeTokenResponseClient";
    assert_eq!(client(code, ""), ["WRD101 High"]);
    assert_eq!(client("RestClientRefreshTokenTokenResponseClient", ""), ["WRD103 High"]);
    let named =
        "Object refreshTokenClient() {\n    return new RestClientRefreshTokenTokenResponseClient();\n}";
    assert_eq!(found(named), ["WRD103 High"]);
    assert_eq!(client("ClientCredentialsOAuth2AuthorizedClientProvider", ""), ["WRD101 High"]);
    let none: [&str; 0] = [];
    assert_eq!(
        client(code, "client.addParametersConverter(request -> with(\"resource\", SERVER_URL));"),
        none
    );
    assert_eq!(
        client(code, "client.setParametersCustomizer(all -> all.add(\"tenant\", T));"),
        ["WRD101 High"]
    );
    assert_eq!(client(code, "client.addParametersConverter(given);"), ["WRD105 Note"]);
    assert_eq!(client(code, "client.setParametersCustomizer(all -> all.addAll(given));"), ["WRD105 Note"]);
    assert_eq!(client(code, "client.setParametersCustomizer(this::with);"), ["WRD105 Note"]);
    let own = "RestClientClientCredentialsTokenResponseClient own = new RestClientClientCredentialsTokenResponseClient();\n    own.addParametersConverter(request -> with(\"resource\", SERVER_URL));\n    client.setAccessTokenResponseClient(own);";
    assert_eq!(client("ClientCredentialsOAuth2AuthorizedClientProvider", own), none);
}

#[test]
fn authorization_requests_are_as_their_customizers_make_them() {
    let resolver = |then: &str| {
        found(&format!(
            "Object resolver(Object clients, Object given) {{\n    DefaultOAuth2AuthorizationRequestResolver resolver = new DefaultOAuth2AuthorizationRequestResolver(clients, \"/login\");\n    {then}\n    return resolver;\n}}"
        ))
    };
    let with =
        |customizer: &str| resolver(&format!("resolver.setAuthorizationRequestCustomizer({customizer});"));
    assert_eq!(resolver(""), ["WRD102 High"]);
    assert_eq!(with("OAuth2AuthorizationRequestCustomizers.withPkce()"), ["WRD102 High"]);
    assert_eq!(with("given"), ["WRD105 Note"]);
    assert!(with("builder -> builder.additionalParameters(all -> all.put(\"resource\", URL))").is_empty());
}

#[test]
fn what_a_manager_sends_is_up_to_whoever_made_it() {
    let given = "Object token(OAuth2AuthorizedClientManager manager, OAuth2AuthorizeRequest request) {\n    return manager.authorize(request).getAccessToken();\n}";
    assert_eq!(found(given), ["WRD105 Note"]);
    let own = |then: &str| {
        found(&format!(
            "private final ClientCredentialsOAuth2AuthorizedClientProvider provider = new ClientCredentialsOAuth2AuthorizedClientProvider();\nObject token(OAuth2AuthorizationContext context, Object client) {{\n    {then}\n    return provider.authorize(context);\n}}"
        ))
    };
    assert_eq!(own(""), ["WRD101 High"]);
    assert_eq!(own("provider.setAccessTokenResponseClient(client);"), ["WRD105 Note"]);
}

/// What is found in the options of a handler of C#.
fn options(body: &str) -> Vec<String> {
    let text = format!(
        "using Microsoft.AspNetCore.Authentication.JwtBearer;\nusing Microsoft.IdentityModel.Tokens;\n\npublic static class Startup\n{{\n    public static void Configure(IServiceCollection services, string audience, bool strict)\n    {{\n        services.AddAuthentication().AddJwtBearer(options =>\n        {{\n            options.Authority = ISSUER;\n            {body}\n        }});\n    }}\n}}\n"
    );
    let looked = look(vec![("Startup.cs".into(), text)]);
    looked.findings.iter().map(|finding| format!("{} {:?}", finding.rule.id, finding.severity)).collect()
}

#[test]
fn options_of_a_handler_may_switch_audiences_off() {
    let with = |entries: &str| {
        options(&format!(
            "options.TokenValidationParameters = new TokenValidationParameters {{ {entries} }};"
        ))
    };
    assert_eq!(with("ValidateAudience = false"), ["WRD202 Critical"]);
    assert_eq!(with("AudienceValidator = (audiences, token, parameters) => true"), ["WRD202 Critical"]);
    let held = "options.TokenValidationParameters.ValidateAudience = false;";
    assert_eq!(options(held), ["WRD202 Critical"]);
    let worked_out = "ValidateAudience = !string.IsNullOrEmpty(audience), ValidAudience = audience";
    assert_eq!(with(worked_out), ["WRD202 Note"]);
    let none: [&str; 0] = [];
    assert_eq!(with("ValidAudience = audience"), none);
    assert_eq!(with("ValidateAudience = true, ValidAudience = audience"), none);
    assert_eq!(with("ValidateAudience = strict, ValidAudience = audience"), none);
    assert_eq!(
        with("AudienceValidator = (audiences, token, parameters) => audiences.Contains(audience)"),
        none
    );
    assert_eq!(options("options.Audience = audience;"), none);
    let again = format!(
        "{held}\noptions.Events = new JwtBearerEvents {{ OnTokenValidated = context => {{ if (!context.Principal.HasClaim(\"aud\", audience)) context.Fail(\"audience\"); return Task.CompletedTask; }} }};"
    );
    assert_eq!(options(&again), none);
}

#[test]
fn what_is_verified_here_is_told_here() {
    let text = "using System.IdentityModel.Tokens.Jwt;\nusing Microsoft.IdentityModel.Tokens;\n\nclass Guard\n{\n    object Who(string token)\n    {\n        var parameters = new TokenValidationParameters { ValidateAudience = false };\n        return new JwtSecurityTokenHandler().ValidateToken(token, parameters, out _);\n    }\n}\n";
    let looked = look(vec![("Guard.cs".into(), text.to_owned())]);
    let lines = looked.findings.iter().map(|finding| (finding.rule.id, finding.spot.span.start > 200));
    assert_eq!(lines.collect::<Vec<_>>(), [("WRD202", true)]);
}
