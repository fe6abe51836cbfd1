package a.b;

import static a.b.Helpers.prepare;
import java.util.*;

/** A sample. */
@Service("client")
public class Sample<T extends Base> extends Base implements Runnable {
    private static final String URL = "https://as/" + "token";
    String resource, audience = null;

    Sample(OAuth2Session session, @Value("${r}") String resource, Object... more) throws IOException {
        super(session);
        this.resource = resource;
    }

    static { System.out.println("é"); }

    record Token(String value, int expires) { Token { check(value); } }

    enum Grant { CODE("authorization_code") { int x() { return 1; } }, REFRESH; final int a = 1; }

    @Override
    public Optional<Map<String, String>> token(@RequestHeader(value = "Authorization") String code) {
        Map<String, String> body = new HashMap<>() {{ put("a", "b"); }};
        if (resource != null && !code.isEmpty() || code instanceof String s && s.length() > 3) {
            body.put("resource", resource);
        } else
            body.putAll(Map.of("a", 1, "b", code));
        try (var client = HttpClient.newHttpClient(); lock) {
            audience = send(client, String.format("%s/token?x=%d%%", URL, 0x1F));
        } catch (A | jwt.Error error) {
            throw new Bad(HttpStatus.UNAUTHORIZED, 'c');
        } finally {
            n += 1;
        }
        String said = switch (code) {
            case "a", "b" -> "x";
            case null -> throw new Error();
            default -> { yield """
                text block \
                "here"
                """; }
        };
        switch (n) { case 1: one(); case 2: two(); break; default: return null; }
        for (int i = 0; i < 3; i++) { list.stream().map(x -> x.y[0]).filter(Objects::nonNull).toList(); }
        do { n--; } while (n > 0);
        return run(new Runnable() { public void run() { resource = code; } }, Sample::new, a ? b : (String) c);
    }
}
