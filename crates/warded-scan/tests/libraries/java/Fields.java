import java.net.http.*;
import com.fasterxml.jackson.databind.ObjectMapper;

class TokenRequestBody {
    @JsonProperty("grant_type")
    private String grantType;
    private String code;
    private String clientId;
    TokenRequestBody(String grantType, String code, String clientId) {
        this.grantType = grantType;
        this.code = code;
        this.clientId = clientId;
    }
}
class Dto {
    void a(String code) throws Exception {
        TokenRequestBody b = new TokenRequestBody("authorization_code", code, ID);
        HttpRequest.newBuilder().uri(URI.create(tokenUrl)).POST(HttpRequest.BodyPublishers.ofString(mapper.writeValueAsString(b))).build(); // WRD101
    }
}
