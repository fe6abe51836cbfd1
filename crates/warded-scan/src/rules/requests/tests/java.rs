//! Java: grants that are things of their own, builders of one's own, and clients whose requests are sent by `execute`.

use super::{found, one};

#[test]
fn whoever_gives_the_grant_is_told() {
    let nimbus = |helper: &str| {
        format!(
            "import com.nimbusds.oauth2.sdk.*;\n\nclass Client {{\n    TokenResponse redeem(AuthorizationCode code) {{\n        return send(new AuthorizationCodeGrant(code, CALLBACK));\n    }}\n    TokenResponse refresh(RefreshToken token) {{\n        return send(new RefreshTokenGrant(token));\n    }}\n    {helper} TokenResponse send(AuthorizationGrant grant) {{\n        return TokenResponse.parse(new TokenRequest(TOKENS, AUTHENTICATION, grant, null).toHTTPRequest().send());\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Client.java", &nimbus("private")), ["WRD101 5", "WRD103 8"]);
    // Without callers that function is all there is.
    let alone = nimbus("public").replace("send(new", "other(new");
    assert_eq!(one("Client.java", &alone), ["WRD101 11"]);
}

#[test]
fn whoever_writes_the_grant_into_a_builder_of_ones_own_is_told() {
    let builder = |more: &str| {
        format!(
            "import java.util.*;\n\nclass Call {{\n    private final Map<String, String> form;\n    Call(Map<String, String> form) {{\n        this.form = form;\n    }}\n    static Call post() {{\n        return new Call(new HashMap<>());\n    }}\n    Call param(String name, String value) {{\n        form.put(name, value);\n        return this;\n    }}\n}}\nclass Tokens {{\n    Object refresh(String token) {{\n        return Call.post()\n            .param(\"grant_type\", \"refresh_token\")\n            .param(\"refresh_token\", token){more};\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Tokens.java", &builder("")).len(), 1);
    assert!(
        one("Tokens.java", &builder("")).iter().all(|told| told.starts_with("WRD103 1") && told.len() == 9)
    );
    let bound = builder("\n            .param(\"resource\", SERVER_URL)");
    assert_eq!(one("Tokens.java", &bound), [""; 0]);
}

#[test]
fn what_is_sent_by_execute_has_what_was_added_to_it() {
    let auth0 = |more: &str| {
        format!(
            "import com.auth0.client.auth.AuthAPI;\n\nclass Login {{\n    Object redeem(AuthAPI api, String code) {{\n        return api.exchangeCode(code, CALLBACK){more}.execute();\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Login.java", &auth0("")), ["WRD101 5"]);
    assert_eq!(one("Login.java", &auth0(".setScope(\"openid\")")), ["WRD101 5"]);
    assert_eq!(one("Login.java", &auth0(".addParameter(\"resource\", SERVER_URL)")), [""; 0]);
    let google = |more: &str| {
        format!(
            "import com.google.api.client.auth.oauth2.*;\n\nclass Login {{\n    Object again(String token) {{\n        RefreshTokenRequest request = new RefreshTokenRequest(HTTP, JSON, TOKENS, token);\n        {more}\n        return request.execute();\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Login.java", &google("")), ["WRD103 7"]);
    assert_eq!(one("Login.java", &google("request.set(\"resource\", SERVER_URL);")), [""; 0]);
    let scribe = |given: &str| {
        format!(
            "import com.github.scribejava.core.oauth.*;\n\nclass Login {{\n    Object redeem(OAuth20Service service, String code) {{\n        return service.getAccessToken({given});\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Login.java", &scribe("code")), ["WRD101 5"]);
    assert_eq!(one("Login.java", &scribe("AccessTokenRequestParams.create(code)")), ["WRD101 5"]);
    let bound = scribe("AccessTokenRequestParams.create(code).addExtraParameter(\"resource\", SERVER_URL)");
    assert_eq!(one("Login.java", &bound), [""; 0]);
}

#[test]
fn a_function_that_a_field_begins_as_may_be_another_one() {
    let customized = |field: &str| {
        format!(
            "import java.util.*;\nimport java.util.function.Consumer;\nimport okhttp3.FormBody;\n\nclass Client {{\n    {field} Consumer<FormBody.Builder> customizer = (form) -> {{ }};\n    FormBody redeem(String code) {{\n        FormBody.Builder form = new FormBody.Builder().add(\"grant_type\", \"authorization_code\").add(\"code\", code);\n        customizer.accept(form);\n        return form.build();\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Client.java", &customized("private")), ["WRD105 10"]);
}

#[test]
fn what_an_object_keeps_may_have_what_others_write() {
    let keeps = |key: &str| {
        format!(
            "import java.util.*;\nimport com.auth0.client.auth.AuthAPI;\n\nclass Login {{\n    private final Map<String, String> params = new HashMap<>();\n    private final AuthAPI api;\n    Login(AuthAPI api) {{\n        this.api = api;\n        params.put(\"scope\", \"openid\");\n    }}\n    Login with(String name, String value) {{\n        params.put({key}, value);\n        return this;\n    }}\n    Object begin() {{\n        return api.pushedAuthorizationRequest(CALLBACK, \"code\", params).execute();\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Login.java", &keeps("name")), ["WRD105 16"]);
    assert_eq!(one("Login.java", &keeps("\"prompt\"")), ["WRD102 16"]);
}

#[test]
fn all_of_what_others_give_may_be_anything() {
    let form = |more: &str| {
        format!(
            "import java.util.*;\nimport org.springframework.util.*;\nimport org.springframework.web.client.RestTemplate;\n\nclass Login {{\n    Object redeem(RestTemplate rest, Map<String, String> options) {{\n        MultiValueMap<String, String> form = new LinkedMultiValueMap<>();\n        form.add(\"grant_type\", \"authorization_code\");\n        {more}\n        return rest.postForObject(TOKENS, form, String.class);\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Login.java", &form("form.setAll(options);")), ["WRD105 10"]);
    assert_eq!(one("Login.java", &form("form.setAll(Map.of(\"code\", code));")), ["WRD101 10"]);
}

const ADDRESS: &str = r"package x;
import java.util.*;
public class Address {
    private final Map<String, String> params = new LinkedHashMap<>(7);
    private String base;
    public static Address of(String base) {
        Address address = new Address();
        address.base = base;
        return address;
    }
    public Address with(String key, Object value) {
        this.params.put(key, value.toString());
        return this;
    }
    public String build() {
        return base + Texts.joined(this.params);
    }
}
";

#[test]
fn an_address_of_ones_own_class_is_told_where_its_kind_is_written() {
    let source = r#"package x;
public class Login {
    public String plain(String state) {
        return Address.of(AUTHORIZE)
            .with("response_type", "code")
            .with("client_id", ID)
            .build();
    }
    public String bound(String state) {
        return Address.of(AUTHORIZE)
            .with("response_type", "code")
            .with("client_id", ID)
            .with("resource", SERVER)
            .build();
    }
    public String token(String code) {
        return Address.of(TOKEN)
            .with("code", code)
            .with("grant_type", "authorization_code")
            .build();
    }
    public String other() {
        return Address.of(TOKEN).with("response_type", "page").with("client_id", ID).build();
    }
}
"#;
    let files = [("x/Address.java", ADDRESS), ("x/Login.java", source)];
    assert_eq!(found(&files), ["WRD102 4", "WRD101 17"]);
}

#[test]
fn what_a_class_leaves_to_others_gives_something_all_the_same() {
    let source = r#"package x;
import java.util.*;
interface Source {
    String token();
    default String refresh() {
        throw new LoginException(Status.UNSUPPORTED);
    }
    default String refuse() {
        throw new LoginException("no such user");
    }
}
class Login {
    Source source;
    Answer refresh(String token) {
        Map<String, String> form = new HashMap<>();
        form.put("grant_type", "refresh_token");
        form.put("refresh_token", token);
        return http.post(this.source.refresh(), form);
    }
    Answer refused(String token) {
        Map<String, String> form = new HashMap<>();
        form.put("grant_type", "refresh_token");
        form.put("refresh_token", token);
        return http.post(this.source.refuse(), form);
    }
}
"#;
    assert_eq!(one("Login.java", source), ["WRD103 18"]);
}

#[test]
fn a_helper_puts_together_what_several_ask_with() {
    let source = r#"package x;
import java.util.*;
import org.apache.http.message.BasicNameValuePair;
class Client {
    Answer redeem(String code) {
        return http.makeRequest(URL, form(null, code));
    }
    Answer refresh(String token) {
        return http.makeRequest(URL, form("refresh", token));
    }
    private List<NameValuePair> form(String action, String token) {
        List<NameValuePair> all = new ArrayList<NameValuePair>();
        if (action == "refresh") {
            all.add(new BasicNameValuePair("refresh_token", token));
            all.add(new BasicNameValuePair("grant_type", "refresh_token"));
        } else {
            all.add(new BasicNameValuePair("code", token));
            all.add(new BasicNameValuePair("grant_type", "authorization_code"));
        }
        return all;
    }
}
"#;
    assert_eq!(one("Client.java", source), ["WRD101 6", "WRD103 9"]);
}

#[test]
fn an_address_with_a_kind_of_answer_that_is_set_elsewhere_is_a_request() {
    let source = r#"package x;
import jakarta.ws.rs.core.UriBuilder;
class Login {
    void plain(Answer answer) {
        UriBuilder to = UriBuilder.fromUri(endpoint)
            .queryParam(Names.SCOPE, settings.getScopes())
            .queryParam(Names.RESPONSE_TYPE, settings.getResponseType())
            .queryParam(Names.CLIENT_ID, settings.getClientId())
            .queryParam(Names.REDIRECT_URI, settings.getBack());
        answer.redirect(to.build().toString());
    }
    void bound(Answer answer) {
        UriBuilder to = UriBuilder.fromUri(endpoint)
            .queryParam(Names.SCOPE, settings.getScopes())
            .queryParam(Names.RESPONSE_TYPE, settings.getResponseType())
            .queryParam(Names.CLIENT_ID, settings.getClientId())
            .queryParam(Names.REDIRECT_URI, settings.getBack());
        to.queryParam("resource", SERVER);
        answer.redirect(to.build().toString());
    }
    void other(Answer answer) {
        UriBuilder to = UriBuilder.fromUri(endpoint)
            .queryParam(Names.RESPONSE_TYPE, settings.getResponseType())
            .queryParam(Names.CLIENT_ID, settings.getClientId());
        answer.redirect(to.toString());
    }
}
"#;
    assert_eq!(one("Login.java", source), ["WRD102 10"]);
}

#[test]
fn bodies_that_are_texts_are_found_where_they_are_given_to_whoever_sends() {
    let source = r#"package x;
class Client {
    String filled() {
        String body = String.format("grant_type=client_credentials&client_id=%s", id);
        return client.post(url, body);
    }
    void chained() {
        client.post().uri(url).body("grant_type=password&username=" + user + "&password=" + word).retrieve();
    }
    String fields() {
        return Unirest.post(url)
            .field("grant_type", "client_credentials")
            .field("client_secret", secret)
            .asString();
    }
    void query() {
        Unirest.get(url).queryString("response_type", "code").queryString("client_id", id).asString();
    }
    void inserted() {
        MultiValueMap<String, String> form = new LinkedMultiValueMap<>();
        form.set("grant_type", "client_credentials");
        form.set("client_secret", secret);
        client.post().uri(url).body(BodyInserters.fromFormData(form)).retrieve();
    }
    String bound() {
        return client.post(url, "grant_type=client_credentials&client_id=" + id + "&resource=" + server);
    }
    String other() {
        client.post(url, "grant_type=refresh_token&refresh_token=foo");
        return client.post(url, "unknown grant_type=" + grant);
    }
}
"#;
    let told = ["WRD101 5", "WRD101 8", "WRD101 11", "WRD102 17", "WRD101 23"];
    assert_eq!(one("Client.java", source), told);
}

/// A body whose fields are spelled by annotations, and whoever sends it.
fn posted(fields: &str, then: &str) -> String {
    format!(
        r#"package x;
import org.springframework.web.client.RestTemplate;
class Body {{
    @JsonProperty("grant_type")
    private final String grantType;
    @JsonProperty("client_secret")
    private final String secret;
    {fields}
    Body(String secret) {{
        this.grantType = "client_credentials";
        this.secret = secret;
    }}
    void setResource(String resource) {{
        this.resource = resource;
    }}
}}
class Client {{
    private final RestTemplate rest = new RestTemplate();
    Answer own(String secret, String server) {{
        Body body = new Body(secret);
        {then}
        return rest.postForObject(URL, body, Answer.class);
    }}
}}
"#
    )
}

#[test]
fn a_body_is_whatever_its_fields_were_given() {
    let field = "private String resource;";
    assert_eq!(one("Client.java", &posted(field, "")), ["WRD101 22"]);
    assert_eq!(one("Client.java", &posted(field, "body.setResource(server);")), [""; 0]);
    let sometimes = posted(field, "if (server.isEmpty()) { body.setResource(server); }");
    assert_eq!(one("Client.java", &sometimes), ["WRD105 22"]);
    assert_eq!(one("Client.java", &posted("private String resource = SERVER;", "")), [""; 0]);
    // What an annotation of the class adds to it may write to it.
    let added =
        posted(field, "body.resource(server);").replace("class Body", "@Accessors(fluent = true) class Body");
    assert_eq!(one("Client.java", &added), [""; 0]);
}

#[test]
fn a_body_is_told_where_somebody_makes_it_and_not_in_its_class() {
    let source = r#"package x;
class Body {
    @JsonProperty("grant_type")
    private final String grantType = "client_credentials";
    private final String clientSecret;
    Body(String secret) {
        this.clientSecret = secret;
    }
}
class Call {
    final Object body;
    Call(String secret) {
        this.body = new Body(secret);
    }
}
class Client {
    Answer own(String secret) {
        Body body = new Body(secret);
        return rest.run(body);
    }
    Answer kept(String secret) {
        return rest.run(new Call(secret));
    }
}
"#;
    assert_eq!(one("Client.java", source), ["WRD101 18"]);
    // What only holds such values is sent by nobody.
    let held = source.replace("@JsonProperty(\"grant_type\")", "@Column(name = GRANT)");
    assert_eq!(one("Client.java", &held), [""; 0]);
}

#[test]
fn the_last_one_of_those_that_are_given_the_same_sends() {
    let client = |then: &str| {
        format!(
            r#"package x;
import java.util.*;
import org.springframework.util.*;
class Client {{
    Answer own(Settings settings) {{
        MultiValueMap<String, String> form = new LinkedMultiValueMap<>();
        form.set("grant_type", "client_credentials");
        return retrieve(settings, form);
    }}
    private Answer retrieve(Settings settings, MultiValueMap<String, String> form) {{
        handler.authenticate(settings, form);
        {then}
        return template.postForm(URL, form);
    }}
}}
"#
        )
    };
    assert_eq!(one("Client.java", &client("")), ["WRD101 8"]);
    let added = "settings.extra().forEach(form::add);";
    assert_eq!(one("Client.java", &client(added)), ["WRD105 8"]);
    assert_eq!(one("Client.java", &client("form.set(\"resource\", SERVER);")), [""; 0]);
    // Of a list there are no keys.
    assert_eq!(one("Client.java", &client("settings.scopes().forEach(log::info);")), ["WRD101 8"]);
}

#[test]
fn a_text_that_is_given_back_whole_is_a_request() {
    let body = |more: &str| {
        format!(
            "package x;\nclass Body {{\n    String format(String scope) {{\n        StringBuilder text = new StringBuilder(\"grant_type=client_credentials\");\n        if (scope != null) {{\n            text.append(\"&scope=\").append(scope);\n        }}\n        {more}\n        return text.toString();\n    }}\n}}\n"
        )
    };
    assert_eq!(one("Body.java", &body("")), ["WRD101 4"]);
    assert_eq!(one("Body.java", &body("text.append(\"&resource=\").append(SERVER);")), [""; 0]);
    let loose = body("").replace("text.toString()", "text");
    assert_eq!(one("Body.java", &loose), [""; 0]);
}
