import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Which tokens does each way of calling a Java library accept? One line of JSON for each way.
 *
 * <pre>java Measure TOKENS</pre>
 */
final class Measure {
    /** Throws where the token is refused. */
    interface Accept {
        void token(String text) throws Exception;
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    final String here;
    final String issuer;
    final String pem;
    final RSAPublicKey key;
    private final JsonNode tokens;

    private Measure(Path file) throws Exception {
        JsonNode given = JSON.readTree(Files.readString(file));
        here = given.get("here").textValue();
        issuer = given.get("issuer").textValue();
        pem = given.get("pem").textValue();
        tokens = given.get("tokens");
        JsonNode jwk = given.get("jwk");
        RSAPublicKeySpec numbers = new RSAPublicKeySpec(number(jwk.get("n")), number(jwk.get("e")));
        key = (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(numbers);
    }

    private static BigInteger number(JsonNode text) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(text.textValue()));
    }

    public static void main(String[] arguments) throws Exception {
        Measure measure = new Measure(Path.of(arguments[0]));
        JavaJwt.calls(measure);
        Jjwt.calls(measure);
        Nimbus.calls(measure);
        SpringDecoder.calls(measure);
        SpringMcpServer.calls(measure);
    }

    /** {@code artifact} is what comes before the version in the name of the jar of {@code type}. */
    void call(String group, String artifact, Class<?> type, String call, Accept accept) throws Exception {
        List<String> accepts = new ArrayList<>();
        tokens.properties().forEach(one -> {
            try {
                accept.token(one.getValue().textValue());
                accepts.add(one.getKey());
            } catch (Exception refused) {
                // That is the answer.
            }
        });
        LinkedHashMap<String, Object> row = new LinkedHashMap<>();
        row.put("package", "maven:" + group + ":" + artifact);
        row.put("version", version(artifact, type));
        row.put("call", call);
        row.put("accepts", accepts);
        row.put("untried", List.of());
        System.out.println(JSON.writeValueAsString(row));
    }

    private static String version(String artifact, Class<?> type) throws Exception {
        String jar = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).getFileName().toString();
        if (!jar.startsWith(artifact + "-")) {
            throw new IllegalStateException(type + " is in " + jar);
        }
        return jar.substring(artifact.length() + 1, jar.length() - ".jar".length());
    }
}
