import java.net.http.*;
import java.net.*;
import okhttp3.*;
import org.apache.http.client.methods.*;
import org.apache.http.client.entity.*;
import org.apache.http.message.*;
import jakarta.ws.rs.client.*;
import jakarta.ws.rs.core.*;
import io.vertx.ext.web.client.*;
import io.vertx.core.MultiMap;
import org.apache.http.entity.StringEntity;
import kong.unirest.Unirest;
import com.google.api.client.http.*;

class Http1 {
    void a1(String code) throws Exception {
        String body = "grant_type=authorization_code&code=" + URLEncoder.encode(code, UTF_8) + "&client_id=" + id;
        HttpRequest r = HttpRequest.newBuilder().uri(URI.create(tokenUrl)).POST(HttpRequest.BodyPublishers.ofString(body)).build(); // WRD101
        HttpClient.newHttpClient().send(r, HttpResponse.BodyHandlers.ofString());
    }
    void a2(String code) throws Exception {
        Map<String, String> m = new HashMap<>();
        m.put("grant_type", "refresh_token");
        m.put("refresh_token", code);
        String form = m.entrySet().stream().map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), UTF_8)).collect(Collectors.joining("&"));
        HttpRequest r = HttpRequest.newBuilder(URI.create(tokenUrl)).POST(HttpRequest.BodyPublishers.ofString(form)).build(); // WRD103
    }
    void a3(String code) throws Exception {
        RequestBody b = new FormBody.Builder().add("grant_type", "client_credentials").add("client_id", id).build();
        new OkHttpClient().newCall(new Request.Builder().url(tokenUrl).post(b).build()).execute(); // WRD101
    }
    void a4(String code) throws Exception {
        RequestBody b = RequestBody.create("grant_type=client_credentials&client_id=" + id, MediaType.parse("x")); // WRD101
        new OkHttpClient().newCall(new Request.Builder().url(tokenUrl).post(b).build()).execute();
    }
    void a5(String code) throws Exception {
        HttpPost p = new HttpPost(tokenUrl);
        List<NameValuePair> l = new ArrayList<>();
        l.add(new BasicNameValuePair("grant_type", "authorization_code"));
        l.add(new BasicNameValuePair("code", code));
        p.setEntity(new UrlEncodedFormEntity(l));
        client.execute(p); // WRD101
    }
    void a6(String code) throws Exception {
        HttpPost p = new HttpPost(tokenUrl);
        p.setEntity(new StringEntity("grant_type=password&username=" + u + "&password=" + pw)); // WRD101
        client.execute(p);
    }
    void a7(String code) throws Exception {
        Form f = new Form().param("grant_type", "authorization_code").param("code", code);
        ClientBuilder.newClient().target(tokenUrl).request().post(Entity.form(f)); // WRD101
    }
    void a7b(String code) throws Exception {
        Form f = new Form();
        f.param("grant_type", "authorization_code");
        f.param("code", code);
        client.target(tokenUrl).request(MediaType.APPLICATION_JSON).post(Entity.entity(f, MediaType.APPLICATION_FORM_URLENCODED_TYPE), Map.class); // WRD101
    }
    void a8(String code) throws Exception {
        MultiMap f = MultiMap.caseInsensitiveMultiMap();
        f.set("grant_type", "authorization_code").set("code", code);
        webClient.postAbs(tokenUrl).sendForm(f); // WRD101
    }
    void a9(String code) throws Exception {
        Unirest.post(tokenUrl).field("grant_type", "authorization_code").field("code", code).asJson(); // WRD101
    }
    void a10(String code) throws Exception {
        HttpURLConnection c = (HttpURLConnection) new URL(tokenUrl).openConnection();
        String data = "grant_type=authorization_code&code=" + code;
        c.getOutputStream().write(data.getBytes("UTF-8")); // WRD101
    }
    void a11(String code) throws Exception {
        HttpURLConnection c = (HttpURLConnection) new URL(tokenUrl).openConnection();
        StringBuilder sb = new StringBuilder();
        sb.append("grant_type=refresh_token");
        sb.append("&refresh_token=").append(code);
        try (OutputStreamWriter w = new OutputStreamWriter(c.getOutputStream())) {
            w.write(sb.toString()); // WRD103
        }
    }
    void a12(String code) throws Exception {
        Map<String, String> m = new HashMap<>();
        m.put("grant_type", "client_credentials");
        HttpRequest req = factory.buildPostRequest(new GenericUrl(tokenUrl), new UrlEncodedContent(m)); // WRD101
        req.execute();
    }
    void a13(String code) throws Exception {
        String body = String.format("grant_type=authorization_code&code=%s&redirect_uri=%s", code, r);
        HttpRequest.newBuilder().uri(URI.create(tokenUrl)).POST(HttpRequest.BodyPublishers.ofString(body)).build(); // WRD101
    }
    void a14(String code) throws Exception {
        Map<String, String> m = Map.of("grant_type", "authorization_code", "code", code);
        HttpRequest.newBuilder().uri(URI.create(tokenUrl)).POST(HttpRequest.BodyPublishers.ofString(mapper.writeValueAsString(m))).build(); // WRD101
    }
    String b1() {
        return authUrl + "?response_type=code&client_id=" + id + "&redirect_uri=" + enc(r); // WRD102
    }
    String b3() {
        HttpUrl.Builder b = HttpUrl.parse(authUrl).newBuilder(); // WRD102
        b.addQueryParameter("response_type", "code").addQueryParameter("client_id", id).addQueryParameter("redirect_uri", r);
        return b.build().toString();
    }
    URI b4() {
        return UriBuilder.fromUri(authUrl).queryParam("response_type", "code").queryParam("client_id", id).queryParam("redirect_uri", r).build(); // WRD102
    }
    String b5() {
        return String.format("%s?response_type=code&client_id=%s", authUrl, id); // WRD102
    }
    void c1(String token) {
        new URL("https://x.com/me?access_token=" + token); // WRD208
    }
    void c2(String token) {
        client.target("https://x.com").queryParam("access_token", token).request().get(); // WRD208
    }
}
