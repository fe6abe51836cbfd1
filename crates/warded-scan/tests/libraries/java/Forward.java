import jakarta.servlet.http.*;
import jakarta.ws.rs.*;
import jakarta.ws.rs.core.*;
import jakarta.ws.rs.client.*;
import java.net.http.*;
import okhttp3.*;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.auth.jwt.*;
import io.vertx.ext.auth.oauth2.*;
import io.micronaut.http.annotation.*;
import org.springframework.web.server.*;
import org.springframework.web.context.request.ServletRequestAttributes;
import feign.*;

class Fwd1 {
    void a1(HttpServletRequest req) throws Exception {
        HttpRequest r = HttpRequest.newBuilder().uri(URI.create("https://o.com")).header("Authorization", req.getHeader("Authorization")).build(); // WRD207
        HttpClient.newHttpClient().send(r, null);
    }
    void a2(HttpServletRequest req) throws Exception {
        Request r = new Request.Builder().url("https://o.com").addHeader("Authorization", req.getHeader("Authorization")).build(); // WRD207
        new OkHttpClient().newCall(r).execute();
    }
    void a3(@HeaderParam("Authorization") String auth) {
        ClientBuilder.newClient().target("https://o.com").request().header("Authorization", auth).get(); // WRD207
    }
    void a4(@Context HttpHeaders headers) {
        String auth = headers.getHeaderString(HttpHeaders.AUTHORIZATION);
        ClientBuilder.newClient().target("https://o.com").request().header(HttpHeaders.AUTHORIZATION, auth).get(); // WRD207
    }
    void a5(RoutingContext ctx) {
        String auth = ctx.request().getHeader("Authorization");
        client.getAbs("https://o.com").putHeader("Authorization", auth).send(); // WRD207
    }
    void a7(HttpServletRequest req) throws Exception {
        HttpURLConnection c = (HttpURLConnection) new URL("https://o.com").openConnection();
        c.setRequestProperty("Authorization", req.getHeader("Authorization")); // WRD207
    }
    Mono<Void> a8(ServerWebExchange ex) {
        String t = ex.getRequest().getHeaders().getFirst("Authorization");
        return webClient.get().uri("https://o.com").header("Authorization", t).retrieve().bodyToMono(Void.class); // WRD207
    }
    void q1(HttpServletRequest req) {
        verify(req.getParameter("access_token")); // WRD208
    }
    void q2(RoutingContext ctx) {
        verify(ctx.request().getParam("access_token")); // WRD208
    }
    void q3(@QueryValue("access_token") String t) { // WRD208
        verify(t);
    }
    void q4(ServerWebExchange ex) {
        verify(ex.getRequest().getQueryParams().getFirst("access_token")); // WRD208
    }
    void q5(@Context UriInfo info) {
        verify(info.getQueryParameters().getFirst("access_token")); // WRD208
    }
    void v2(Vertx vertx) {
        JWTAuth p = JWTAuth.create(vertx, new JWTAuthOptions().addPubSecKey(k).setJWTOptions(new JWTOptions().addAudience("x")));
        router.route().handler(JWTAuthHandler.create(p));
    }
}
