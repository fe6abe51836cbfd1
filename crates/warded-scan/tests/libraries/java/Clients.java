import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.openid.connect.sdk.*;
import com.github.scribejava.core.oauth.*;
import com.google.api.client.auth.oauth2.*;
import org.keycloak.TokenVerifier;
import org.keycloak.representations.AccessToken;
import io.fusionauth.jwt.domain.JWT;
import io.fusionauth.jwt.*;
import net.openid.appauth.*;
import org.apache.oltu.oauth2.client.request.*;
import com.microsoft.aad.msal4j.*;
import io.vertx.ext.auth.oauth2.*;
import io.modelcontextprotocol.client.transport.*;

class Oauth1 {
    void n1(AuthorizationCode code) throws Exception {
        AuthorizationGrant g = new AuthorizationCodeGrant(code, cb);
        TokenRequest r = new TokenRequest(tokenUri, auth, g, scope); // WRD101
        r.toHTTPRequest().send();
    }
    void n2() throws Exception {
        AuthorizationRequest r = new AuthorizationRequest.Builder(ResponseType.CODE, id).scope(s).redirectionURI(cb).endpointURI(e).build(); // WRD102
    }
    void n3() throws Exception {
        new TokenRequest.Builder(uri, clientAuth, new RefreshTokenGrant(rt)).build().toHTTPRequest().send(); // WRD103
    }
    void n4() throws Exception {
        AuthenticationRequest r = new AuthenticationRequest(e, ResponseType.CODE, scope, id, cb, state, nonce); // WRD102
    }
    void s1(OAuth20Service service) throws Exception {
        String u = service.getAuthorizationUrl(); // WRD102
        service.getAccessToken(code); // WRD101
        service.refreshAccessToken(rt); // WRD103
    }
    void s2(OAuth20Service service) throws Exception {
        String u = service.createAuthorizationUrlBuilder().state("x").initPKCE().build(); // WRD102
    }
    AccessToken k1(String t) throws Exception {
        return TokenVerifier.create(t, AccessToken.class).publicKey(k).verify().getToken(); // WRD201
    }
    AccessToken k1b(String t) throws Exception {
        return TokenVerifier.create(t, AccessToken.class).withDefaultChecks().publicKey(k).verify().getToken(); // WRD201
    }
    AccessToken k2(String t) throws Exception {
        return TokenVerifier.create(t, AccessToken.class).withChecks(TokenVerifier.IS_ACTIVE).audience("x").publicKey(k).verify().getToken();
    }
    JWT f1(String t) {
        return JWT.getDecoder().decode(t, verifier); // WRD201
    }
    void p1() {
        AuthorizationRequest r = new AuthorizationRequest.Builder(cfg, id, ResponseTypeValues.CODE, cb).setScope("a").build(); // WRD102
    }
    void l1() throws Exception {
        OAuthClientRequest r = OAuthClientRequest.tokenLocation(u).setGrantType(GrantType.AUTHORIZATION_CODE).setClientId(id).setCode(code).buildBodyMessage(); // WRD101
        OAuthClientRequest a = OAuthClientRequest.authorizationLocation(u).setClientId(id).setRedirectURI(cb).buildQueryMessage(); // WRD102
    }
    void bound(OAuth20Service service) throws Exception {
        new TokenRequest.Builder(uri, clientAuth, new RefreshTokenGrant(rt)).resource(server).build().toHTTPRequest().send();
        OAuthClientRequest.tokenLocation(u).setGrantType(GrantType.AUTHORIZATION_CODE).setCode(code).setParameter("resource", server).buildBodyMessage();
    }
}
